"""What goes wrong on demand: requests that fail, trainings that are slow or fail, a quota, a clock that can be moved.

For tests of programs that are to bear it: `gemspec emulator --faults FILE`, or `create_app(faults=...)`. The file is
YAML or JSON; examples/emulator/faults.yaml shows all of it:

    seed: 7                         of the dice: equal requests fail equally in every run, in whatever order they come
    concurrentTrainings: 2          a create beyond it is refused with 429, on the Gemini API and on Vertex AI
    requests:                       the rules are asked in their order, and the first that strikes decides
      - method: POST                any, where it is left out
        path: /v1beta/tunedModels   a glob over the whole path, whose * also stands for slashes; any, where left out
        skip: 1                     leaves the first requests that match alone
        times: 3                    strikes so often, then no more
        share: 0.3                  strikes this share of the requests that match; all of them, where it is left out
        fault: [throttled, cut]     one of these, or the only one
        when: before                `before` the request takes effect, or `after` it did; `either` leaves it to the dice
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
    emptyPage, repeatedPage                     of lists: a page of nothing with the token of the true one; a page whose
                                                token leads back to it

Where there is a fault file there are also three requests that nobody else serves: GET /emulator/faults gives the rules
and counts what they did, PUT /emulator/faults puts others in their place, POST /emulator/clock {"seconds": 60} moves
the clock on. Rules, counts and the moved clock are kept in memory, each process its own.

The walk of a request: `happening` (ASGI, around everything else) asks `rules` whether one strikes, and makes it happen;
`pages` knows lists. `reading` checks a file, `control` serves the three requests.
"""

from __future__ import annotations

from .config import read
from .rules import Faults

__all__ = ["Faults", "read"]
