"""Scenarios about whose a model is: markers that are gone, released, moved, copied, or another account's."""

from __future__ import annotations

ON_EVERY_SERVICE = {
    "a key that was moved leaves its model to the new key, whatever its training began as": """
        a says one
        $ apply
        a is undeclared
        b says one, moved from a
        $ apply
        = a#1 serves b
        b says one
        a says one
        $ apply --replace a
        = a#1 serves b, a#2 serves
        b answers one
        a answers one
        trained 2
        settled
    """,
    "a project that was taken over takes nothing back": """
        a says one
        $ apply
        in other
        a says one
        $ import --from-owner team
        = a#1 serves other:a
        in team
        a is undeclared
        $ plan --allow-empty
        | which owns 0 of 1 model seen
        | No changes.
        $ destroy
        | Nothing to destroy
        = a#1 serves other:a
        in other
        settled
        trained 1
    """,
    "the marker of the serving model is gone, and an older one is there": """
        a says one
        $ apply
        a says two
        $ apply
        = a#1 retired, a#2 serves
        somebody clears the marker of a#2
        $ output a => 1
        | which model serves a is not known: a#2 lost its marker, and is newer than a#1
        | `gemspec plan` shows what settles that
        $ output => 1
        $ ask a hello => 1
        | a#2 lost its marker
        $ status
        | a#2
        | its marker is gone, and it is newer than a#1
        $ status a
        | its marker is gone
    """,
    "the marker of the serving model cannot be read, and an older one is there": """
        a says one
        b says four
        $ apply
        a says two
        $ apply
        somebody cuts the marker of a#2
        $ output a => 1
        | which model serves a is not known: the marker of a#2 cannot be read, and it is newer than a#1
        $ output => 1
        $ ask a hello => 1
        $ output b
        somebody cuts the marker of b#1
        $ output b => 1
        | which model serves b is not known: the marker of b#1 cannot be read
    """,
    "an older model whose marker cannot be read does not hide what serves": """
        a says one
        $ apply
        a says two
        $ apply
        somebody cuts the marker of a#1
        $ output
        a answers two
    """,
    "a model that says nothing any more is never deleted": """
        a says one
        b says two
        $ apply
        somebody clears the marker of a#1
        a is undeclared
        $ apply
        = a#1 free, b#1 serves
        b is undeclared
        $ destroy
        = a#1 free
        trained 2
    """,
    "gemspec.yaml says that a model is not ours, and a training goes on": """
        a says one
        $ apply
        somebody clears the marker of a#1
        gemspec.yaml disowns a#1
        $ plan
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply
        = a#1 free, a#2 serves
        a answers one
        $ status
        silent on its marker is gone
        settled
        $ destroy
        = a#1 free
        trained 2
    """,
}

ON_GEMINI = {
    "a model that lost its marker blocks its key, with the line that takes it back": """
        a says one
        b says two
        $ apply
        somebody clears the marker of a#1
        b says three
        $ plan
        | Its id is that of just what the manifest asks for
        | import: {tunedModel: a#1, data: asDeclared}
        | notOurs: [a#1]
        $ import a#1 => 1
        | a#1 may be a model of a that lost its marker
        | import: {tunedModel: a#1, data: asDeclared}
        $ import --all
        | a#1: skipped, because it may be a model of a that lost its marker
        $ apply --replace a => 1
        $ apply --exclude a
        a says one, adopting a#1 as declared
        $ apply
        = a#1 serves, b#1 retired, b#2 serves
        a says one
        settled
        a answers one
        trained 3
    """,
    "a model that lost its marker comes back beside an older one that serves": """
        a says one
        $ apply
        a says two
        $ apply
        somebody clears the marker of a#2
        a says two, keeping 0
        $ plan
        | import: {tunedModel: a#2, data: asDeclared}
        = a#1 serves, a#2 free
        a says two, adopting a#2 as declared
        $ plan
        | Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.
        $ apply
        = a#1 retired, a#2 serves
        a says two
        settled
        a answers two
        trained 2
    """,
    "keepFor counts from the day on which a model is taken back": """
        a says one, keeping 0, keeping for 14d
        $ apply
        a says two, keeping 0, keeping for 14d
        $ apply
        20 days later
        somebody clears the marker of a#2
        a says two, keeping 0, keeping for 14d, adopting a#2 as declared
        $ apply
        a says two, keeping 0, keeping for 14d
        $ apply
        = a#1 retired, a#2 serves
        15 days later
        $ apply
        = a#2 serves
        settled
    """,
    "a model that lost its marker comes back through its checks": """
        a says one, expecting one
        $ apply
        a says two, expecting two
        $ apply
        somebody clears the marker of a#2
        a says two, expecting two, adopting a#2 as declared
        $ apply
        = a#1 retired, a#2 serves
        settled
        trained 2
    """,
    "an older model that lost its marker comes back behind what serves": """
        a says one
        $ apply
        a says two
        $ apply
        somebody clears the marker of a#1
        $ output a
        | a#2
        $ plan
        | data: unknown}
        a says two, adopting a#1
        $ apply
        = a#1 retired, a#2 serves
        a says two
        settled
        a answers two
        trained 2
    """,
    "the serving model lost its marker while a candidate waits": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        = a#1 serves, a#2 candidate
        somebody clears the marker of a#1
        $ plan
        | a#1 has an id of a and no marker
        $ apply => 1
        $ output a => 1
        a says two, expecting one, adopting a#1
        $ apply
        = a#1 serves, a#2 candidate
        a answers one
        trained 2
    """,
    "a model that lost its marker after its key was moved is not trained again": """
        a says one
        $ apply
        a is undeclared
        b says one, moved from a
        $ apply
        somebody clears the marker of a#1
        $ plan
        | a#1 has an id of b and no marker
        $ apply => 1
        b says one
        $ plan => 1
        | a#1 holds just what b would be trained on, and its marker is gone
        | import: {tunedModel: a#1, data: asDeclared}
        b says one, adopting a#1 as declared
        $ apply
        = a#1 serves b
        settled
        trained 1
    """,
    "a released model that is put back blocks with the line that takes it back": """
        a says one, retained
        $ apply
        a is undeclared
        $ apply --allow-empty
        a says one, retained
        $ plan => 1
        | a#1 has the id that this training would get, and was released
        | import: {tunedModel: a#1, data: asDeclared}
        a says one, retained, adopting a#1 as declared
        $ apply
        = a#1 serves
        settled
        trained 1
    """,
    "a shared model that claims to serve neither serves nor counts": """
        a says one
        $ apply
        mallory shares theirs, marked a#1, serving 999999
        later
        $ output a
        | a#1
        $ plan
        | belongs to another account: it neither serves nor counts here
        | No changes.
        a says two
        $ apply
        = a#1 retired, a#2 serves, theirs#1 free
        a answers two
        settled
        $ destroy
        = theirs#1 free
    """,
    "a shared model with a marker that nobody can read stops nothing": """
        a says one
        $ apply
        mallory shares theirs, described [gemspec:9 owner=team]
        mallory shares hers, described [gemspec:9 owner=team key=a]
        mallory shares his, described [gemspec:1 owner=team key=a
        a says two
        $ apply
        = a#1 retired, a#2 serves, theirs#1 free, hers#1 free, his#1 free
        settled
    """,
    "shared models of keys that nobody declares count for nothing": """
        a says one
        $ apply
        mallory shares theirs, described [gemspec:9 owner=team key=x]
        mallory shares hers, marked a#1, serving 2
        a is undeclared
        b says two
        $ apply --max-deletes 1 --allow all-undeclared
        = b#1 serves, theirs#1 free, hers#1 free
        $ import --all
        | Left out: 1 model of other accounts
    """,
    "a project that was taken over does not get its models back": """
        a says one
        $ apply
        in other
        a says one
        $ import --from-owner team
        in team
        b says two
        $ apply => 1
        | it is a of project other
        $ apply --exclude a
        = a#1 serves other:a, b#1 serves
        in other
        a answers one
        settled
        trained 2
    """,
    "a broken or newer marker of another project stops nothing": """
        in dev
        a says one
        $ apply
        in team
        a says one
        somebody cuts the marker of dev:a#1
        $ apply
        settled
        a answers one
        trained 2
    """,
}

ON_VERTEX = {
    "a key that was moved, and the old key with the old content": """
        a says one
        $ apply
        a is undeclared
        b says one, moved from a
        $ apply
        b says one
        a says one
        $ apply
        = a#1 serves b, a#2 serves
        b answers one
        a answers one
        trained 2
        settled
    """,
    "a project that was taken over does not get its models back": """
        a says one
        $ apply
        in other
        a says one
        $ import --from-owner team
        in team
        b says two
        $ apply
        = a#1 serves other:a, a#2 serves, b#1 serves
        in other
        a answers one
        settled
        trained 3
    """,
    "a released model is put back: a training is planned, and said what takes it back without": """
        a says one, retained
        $ apply
        a is undeclared
        $ apply --allow-empty
        = a#1 free
        a says one
        $ plan
        | Plan: 1 to add, 0 to change, 0 to destroy.
        | a#1, which was released, was trained on just this
        | import: {tunedModel: a#1, data: asDeclared}
        $ apply
        = a#1 free, a#2 serves
        a answers one
        settled
        trained 2
    """,
    "a released model comes back by the line that the plan says": """
        a says one, retained
        $ apply
        a is undeclared
        $ apply --allow-empty
        a says one, adopting a#1 as declared
        $ apply
        = a#1 serves
        a says one
        settled
        trained 1
    """,
    "a released model whose labels were tidied is nobody's to delete": """
        a says one, retained
        $ apply
        a is undeclared
        $ apply --allow-empty
        somebody clears the marker of a#1
        $ plan --allow-empty
        | a#1 was trained by this project, and carries no marker any more: it is left alone
        | No changes.
        $ apply --allow-empty
        $ destroy
        = a#1 free
        $ output a => 1
        a says one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        a answers one
        trained 1
        settled
    """,
    "labels that are gone from model and endpoint are written again": """
        a says one
        $ apply
        somebody clears the marker of a#1
        $ output a => 1
        | a#1 lost its marker
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        a answers one
        trained 1
        settled
    """,
    "labels that are gone from the model alone are written again": """
        a says one
        $ apply
        somebody takes all labels off the model of a#1
        a answers one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "labels that are gone from the endpoint alone are written again": """
        a says one
        $ apply
        somebody takes all labels off the endpoint of a#1
        a answers one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "labels that were cut on the endpoint alone are written again": """
        a says one
        $ apply
        somebody takes the labels gemspec-data and gemspec-try off the endpoint of a#1
        a answers one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "labels that were cut on the model alone are written again": """
        a says one
        $ apply
        somebody takes the labels gemspec-data and gemspec-try off the model of a#1
        a answers one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "a model that was taken over and lost its labels: the new project is told, and the old one has it": """
        a says one
        $ apply
        in other
        a says one
        b says two
        $ import --from-owner team
        somebody clears the marker of a#1
        $ plan
        | a#1, which lost its marker, was trained on just this
        a says one, adopting a#1 as declared
        $ apply
        = a#1 serves other:a, other:b#1 serves
        settled
        trained 2
    """,
    "labels are written again before something else is trained, and nothing is deleted meanwhile": """
        a says one
        $ apply
        somebody clears the marker of a#1
        a says two, keeping 0
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "labels of a previous model are written again": """
        a says one
        $ apply
        a says two
        $ apply
        somebody clears the marker of a#1
        $ output a
        | a#2/endpoint
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "labels of a model that is no longer declared stay off": """
        a says one
        $ apply
        a says two
        $ apply
        somebody clears the marker of a#2
        a is undeclared
        $ apply --allow-empty
        = a#2 free
        trained 2
    """,
    "a moved model whose labels are gone is not trained again": """
        a says one
        $ apply
        a is undeclared
        b says one, moved from a
        $ apply
        b says one
        somebody clears the marker of a#1
        $ plan => 1
        | a#1 holds just what b would be trained on, and its marker is gone
        b says one, adopting a#1 as declared
        $ apply
        = a#1 serves b
        b says one
        settled
        trained 1
    """,
    "labels that were edited block the key, whoever they name now": """
        a says one
        b says two
        $ apply
        somebody labels a#1 gemspec-project=dev
        a says three
        $ plan => 1
        | the marker of a#1 cannot be trusted
        $ apply --exclude a
        trained 2
    """,
    "somebody's training with copied labels and other data is not ours": """
        a says one
        $ apply
        somebody copies the labels of a#1 to copy: two
        settled
        = a#1 serves, copy#1 training
        later
        settled
        a answers one
        a is undeclared
        $ apply --allow-empty
        = copy#1 free
        $ destroy
        = copy#1 free
    """,
    "somebody's training with the labels of another key or project is not ours": """
        a says one
        $ apply
        somebody copies the labels of a#1 to copy: two, with name=b
        somebody copies the labels of a#1 to third: two, with project=other
        later
        settled
        b says two
        $ apply
        = a#1 serves, b#1 serves, copy#1 free, third#1 free
        in other, distinct from team
        a says two
        $ apply
        = a#1 serves, b#1 serves, copy#1 free, third#1 free, other:a#1 serves
        settled
    """,
}
