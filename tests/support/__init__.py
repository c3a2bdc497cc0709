"""What several folders of tests share: fixtures, fakes and small languages. On the path by pyproject, `pythonpath`."""
