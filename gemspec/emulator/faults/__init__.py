"""Faults on demand: requests that fail, trainings that are slow or fail, a quota, a clock that can be moved.

For tests of programs that must handle it: `gemspec emulator --faults FILE`, or `create_app(faults=...)`. The file is
YAML or JSON; examples/emulator/faults.yaml shows all of it:

    seed: 7                         of the random numbers: equal requests fail equally in every run, in any order
    concurrentTrainings: 2          a create beyond it is refused with 429, on the Gemini API and on Vertex AI
    requests:                       the first rule that strikes decides
      - method: POST                any, if left out
        path: /v1beta/tunedModels   a glob over the whole path, whose * also matches slashes; any, if left out
        skip: 1                     leaves the first requests that match alone
        times: 3                    strikes at most so often
        share: 0.3                  strikes this share of the requests that match; all of them, if left out
        fault: [throttled, cut]     one of these at random, or a single fault
        when: before                `before` the request takes effect, or `after` it did; `either` leaves it to chance
        seconds: 5                  of slow and trickle
        retryDelay: 2               of refusals: seconds, in google.rpc.RetryInfo
        retryAfter: 2               of refusals: seconds, in the Retry-After header
    trainings:
      - model: slow-*               a glob over the id of a tuned model; on Vertex AI over its display name
        times: 1                    as above
        seconds: 3600               how long it takes, 0 is instant
        fails: Too few examples.    why it fails, half way; or just `true`

The faults:

    throttled, unauthenticated                  429 and 401; never once a request has taken effect
    scopeInsufficient, serviceDisabled,
    quotaProjectMissing                         403 with the reasons that the service gives, for what an account lacks
    internal, unavailable, timedOut, badGateway 500, 503 and 504; 502 with a page in place of JSON
    dropped, reset                              the connection ends without an answer: closed, or with a TCP reset
    slow, trickle                               the answer is late by `seconds`; its body takes `seconds` to arrive
    cut, halfJson                               the body ends half way: against its Content-Length, or in accord with it
    notJson                                     200 with a page of HTML
    emptyPage, repeatedPage                     of lists: an empty page with a token for the true page; a page
                                                with a token for itself

With a fault file the emulator also has an admin API: GET /emulator/faults gives the rules and their counts,
PUT /emulator/faults replaces them, POST /emulator/clock {"seconds": 60} moves the clock on. Rules, counts and the clock
are in memory, for each process its own.

The path of a request: `middleware` (ASGI, around everything else) asks `rules` whether a rule strikes, and injects its
fault; `pages` knows lists. `config` checks a file, `admin_api` serves the admin API.
"""
