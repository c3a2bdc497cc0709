"""Permissions of a tuned model: create, get, list, update, delete, transfer."""

import google.generativeai as genai
import pytest
from google.api_core import exceptions
from google.generativeai import permission


def test_through_their_life(create):
    """A USER, a GROUP and EVERYONE; at last the model is another person's."""
    model = create("shared").result()
    made = model.permissions.create("READER", email_address="ann@example.com")
    assert (made.grantee_type.name, made.role.name) == ("USER", "READER")
    model.permissions.create("READER", email_address="team@googlegroups.com")
    model.permissions.create("READER", "EVERYONE")
    assert permission.get_permission(made.name) == made
    made.update({"role": "WRITER"})
    found = {(permission.grantee_type.name, permission.role.name) for permission in model.permissions}
    assert found == {("USER", "OWNER"), ("USER", "WRITER"), ("GROUP", "READER"), ("EVERYONE", "READER")}
    made.delete()
    with pytest.raises(exceptions.NotFound):
        permission.get_permission(made.name)
    model.permissions.transfer_ownership("ann@example.com")
    owners = [permission.email_address for permission in model.permissions.list() if permission.role.name == "OWNER"]
    assert owners == ["ann@example.com"]


def test_an_api_key_is_not_enough(create, configured):
    """401, as the service says it."""
    create("locked")
    from conftest import EMULATOR

    configured(api_key="key", transport="rest", client_options={"api_endpoint": EMULATOR})
    with pytest.raises(exceptions.Unauthorized, match="API keys are not supported by this API"):
        list(genai.get_tuned_model("tunedModels/locked").permissions)
