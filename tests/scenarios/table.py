"""The scenarios, by what they show: the same ones on every service. `language` says how they read."""

from __future__ import annotations

ON_EVERY_SERVICE = {
    "a previous model is kept for a time, and the plan names the day on which it goes": """
        a says one, keeping 0, keeping for 14d
        $ apply
        a says two, keeping 0, keeping for 14d
        $ plan
        | stays for 14d after its successor serves (keepFor is 14d)
        $ apply
        = a#1 retired, a#2 serves
        settled
        13 days later
        $ plan
        | stays until
        settled
        2 days later
        $ plan
        | Plan: 0 to add, 0 to change, 1 to destroy.
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "after a rollback the days begin anew": """
        a says one, keeping 0, keeping for 14d
        $ apply
        a says two, keeping 0, keeping for 14d
        $ apply
        13 days later
        a says one, keeping 0, keeping for 14d
        $ apply
        = a#1 serves, a#2 retired
        13 days later
        settled
        3 days later
        $ apply
        = a#1 serves
        trained 2
        settled
    """,
    "a generation keeps its number, whoever serves": """
        a says one
        $ apply
        a says two
        $ apply
        a says one
        $ apply
        = a#1 serves, a#2 retired
        $ status
        | 1 serving
        | 2 retired
        a says two
        $ apply
        $ status
        | 2 serving
        | 1 retired
    """,
    "a model is created, waited for, and serves": """
        a says one, called sorter, described Sorts tickets.
        $ plan
        | + train a new model
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply
        | Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
        = a#1 serves
        a#1 is called sorter
        a#1 is described Sorts tickets.
        a answers one
        trained 1
        settled
    """,
    "there is nothing to do a second time": """
        a says one, called sorter, described Sorts tickets.
        $ apply
        $ plan
        | No changes. The service matches the manifests.
        $ apply
        | No changes.
        = a#1 serves
        trained 1
    """,
    "a training that nobody waited for is found again": """
        a says one
        $ apply --no-wait
        | Training goes on at the service: a: a#1
        = a#1 training
        $ output a => 1
        | its training is in progress
        $ apply --no-wait
        = a#1 training
        later
        $ apply
        = a#1 serves
        a answers one
        trained 1
        settled
    """,
    "a training that ended unseen serves all the same": """
        a says one
        $ apply --no-wait
        later
        = a#1 serves
        a answers one
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "texts are changed in place": """
        a says one, called sorter, described Sorts tickets.
        $ apply
        a says one, called ticket sorter, described Sorts all tickets.
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        a#1 is called ticket sorter
        a#1 is described Sorts all tickets.
        = a#1 serves
        trained 1
        settled
    """,
    "what was changed by hand is put right": """
        a says one, called sorter
        $ apply
        somebody calls a#1 mine
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        a#1 is called sorter
        = a#1 serves
        trained 1
        settled
    """,
    "what no manifest sets is left as it is": """
        a says one
        $ apply
        somebody calls a#1 mine
        settled
        a#1 is called mine
    """,
    "other data makes a replacement; the old model goes on answering": """
        a says one
        $ apply
        a says two
        $ plan
        | +/- train a replacement
        | goes on answering (keepPrevious is 1)
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        a says three
        $ apply
        = a#2 retired, a#3 serves
        a answers three
        trained 3
        settled
    """,
    "the old model serves until its replacement is trained": """
        a says one, keeping 0
        $ apply
        a says two, keeping 0
        $ apply --no-wait
        = a#1 serves, a#2 training
        a answers one
        $ apply
        = a#2 serves
        a answers two
        trained 2
        settled
    """,
    "another hyperparameter makes a replacement; writing down what the service chose does not": """
        a says one
        $ apply
        a says one, over its epochs
        settled
        a says one, over 3 epochs
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "what no manifest sets is carried over to a replacement": """
        a says one
        $ apply
        a says one, called sorter, described Sorts tickets.
        $ apply
        a says two
        $ plan
        | carried over from the serving model:
        $ apply
        = a#1 retired, a#2 serves
        a#2 is called sorter
        a#2 is described Sorts tickets.
        settled
    """,
    "a replacement that is no longer wanted is abandoned": """
        a says one
        $ apply
        a says two
        $ apply --no-wait
        a says three
        $ apply
        = a#1 retired, a#2 ended, a#3 serves
        a answers three
        trained 3
        settled
    """,
    "a model serves when it has passed its checks": """
        a says one, expecting one
        $ apply
        | passed its check, and serves
        = a#1 serves
        a says two, expecting two
        $ apply --no-wait
        later
        = a#1 serves, a#2 candidate
        a answers one
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        | a#2 passed its check, and serves
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
    "a model that fails its checks does not serve": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        | a#2 failed its check
        = a#1 serves, a#2 candidate
        a answers one
        $ check a => 1
        $ apply => 1
        = a#1 serves, a#2 candidate
        trained 2
    """,
    "a model that failed its checks is accepted": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        $ check --accept a
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
    "a model that failed its checks is trained again": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        $ apply --replace a => 1
        = a#1 serves, a#3 candidate
        a answers one
        trained 3
    """,
    "a model that failed its checks goes when the manifest changes": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        a says three, expecting three
        $ apply
        = a#1 retired, a#3 serves
        a answers three
        settled
    """,
    "checks that are corrected promote what waits": """
        a says one, expecting one
        $ apply
        a says two, expecting one
        $ apply => 1
        a says two, expecting two
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
    "going back trains nothing": """
        a says one
        $ apply
        a says two
        $ apply
        a says one
        $ plan
        | generation 1 was trained on just what the manifest asks for, so it serves again without a training
        $ apply
        = a#1 serves, a#2 retired
        a answers one
        a says two
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
    "going back asks the checks first": """
        a says one, expecting one
        $ apply
        a says two, expecting two
        $ apply
        a says one, expecting two
        $ apply => 1
        = a#1 retired, a#2 serves
        a says one, expecting one
        $ apply
        = a#1 serves, a#2 retired
        a answers one
        trained 2
        settled
    """,
    "a model is trained again because somebody asks for it": """
        a says one
        $ apply
        $ apply --replace a
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "a model that nobody marked is imported": """
        somebody trains wild: one
        = wild#1 free
        a says nothing, adopting wild#1, called sorter
        $ plan
        | Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.
        $ apply
        = wild#1 serves a
        wild#1 is called sorter
        a answers one
        trained 1
        settled
    """,
    "an imported model is replaced when its data is declared": """
        somebody trains wild: one
        a says nothing, adopting wild#1
        $ apply
        a says two, adopting wild#1
        $ apply
        = a#1 serves, wild#1 retired a
        a answers two
        trained 2
        settled
    """,
    "an imported model whose data is known is never trained again": """
        somebody trains wild: one
        a says one, adopting wild#1 as declared
        $ apply
        = wild#1 serves a
        a says one
        settled
        a answers one
        trained 1
    """,
    "a model that is imported already is nobody else's": """
        somebody trains wild: one
        a says nothing, adopting wild#1
        $ apply
        in other
        b says nothing, adopting wild#1
        $ apply => 1
        | it is a of project team
        = wild#1 serves a
        trained 1
    """,
    "a manifest is written for a model that nobody marked": """
        somebody trains wild: one
        $ import wild#1 --key a
        $ apply
        = wild#1 serves a
        a answers one
        trained 1
        settled
    """,
    "a project that was renamed takes its models along": """
        a says one
        $ apply
        a says two
        $ apply
        in other
        a says two
        $ plan => 1
        | all that would be trained (a) is what project team has here
        $ apply => 1
        trained 2
        | `gemspec import --from-owner team` takes its models over
        $ import --from-owner team
        = a#1 retired other:a, a#2 serves other:a
        a answers two
        trained 2
        settled
    """,
    "a project of which a part is another's trains the rest, with a note": """
        a says one
        $ apply
        in other
        a says one
        b says two
        $ apply
        | `gemspec import --from-owner team` takes it over without a training
        = a#1 serves, other:a#1 serves, other:b#1 serves
        trained 3
    """,
    "overlays that train the same say so": """
        a says one
        $ apply
        in other, distinct from team
        a says one
        $ plan
        silent on team
        $ apply
        = a#1 serves, other:a#1 serves
        $ import --from-owner team => 1
        trained 2
        settled
    """,
    "two repositories of one project name do not delete each other's models": """
        a says one
        b says two
        $ apply
        in another repository of team
        c says three
        $ plan => 1
        | the manifests declare none of them
        $ apply => 1
        $ apply --max-deletes 2 => 1
        $ apply --exclude a --exclude b --max-deletes 2 => 1
        = a#1 serves, b#1 serves
        in team
        settled
        in another
        c says three
        $ apply
        = a#1 serves, b#1 serves, another:c#1 serves
        trained 3
        settled
    """,
    "all that a project has is replaced by other keys, where that is meant": """
        a says one
        $ apply
        a is undeclared
        c says three
        $ apply => 1
        $ apply --allow all-undeclared
        = c#1 serves
        trained 2
        settled
    """,
    "what no manifest declares is deleted, every generation": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        $ plan --allow-empty
        | - delete
        $ apply --allow-empty
        = nothing
        $ output a => 1
        $ plan --allow-empty
        | No changes.
        trained 2
    """,
    "a training that no manifest declares is ended": """
        a says one
        $ apply --no-wait
        a is undeclared
        $ apply --allow-empty
        = a#1 ended
        $ plan --allow-empty
        | No changes.
        trained 1
    """,
    "no manifest is no reason to delete": """
        a says one
        $ apply
        a is undeclared
        $ apply => 1
        = a#1 serves
    """,
    "a retained model is released when its manifest goes": """
        a says one, retained
        $ apply
        a is undeclared
        $ plan --allow-empty
        | deletionPolicy is retain, so the model stays, without gemspec
        $ apply --allow-empty
        = a#1 free
        $ output a => 1
        $ destroy
        = a#1 free
        $ plan --allow-empty
        | owns 0 of 1 model seen
        trained 1
    """,
    "a released model comes back by an import": """
        a says one, retained
        $ apply
        a is undeclared
        $ apply --allow-empty
        a says one, adopting a#1 as declared
        $ apply
        = a#1 serves
        a answers one
        trained 1
        settled
    """,
    "a protected model stays until its protection is lifted": """
        a says one, protected
        $ apply
        a is undeclared
        $ apply --allow-empty => 1
        | a is protected, and no manifest declares it any more
        $ destroy => 1
        = a#1 serves
        a says one
        $ apply
        a is undeclared
        $ apply --allow-empty
        = nothing
        trained 1
    """,
    "protection does not hinder a replacement": """
        a says one, protected, keeping 0
        $ apply
        a says two, protected, keeping 0
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "texts of a failed training are no reason to train again": """
        a says !fail, called one, described One.
        $ apply => 1
        a says !fail, called two, described Two.
        $ plan
        | No changes. 1 training failed
        $ apply => 1
        trained 1
    """,
    "a failed training is begun again when its data is corrected": """
        a says !fail
        $ apply => 1
        a says one
        $ apply
        a answers one
        trained 2
    """,
    "a failed training is shown, and begun again when somebody asks": """
        a says !fail
        $ apply => 1
        | the training of a#1 failed
        = a#1 failed
        $ plan
        | Failed: ! a: the training of a#1 failed
        $ apply => 1
        trained 1
        $ apply --retry-failed => 1
        = a#1 ended, a#2 failed
        trained 2
    """,
    "a failed training leaves what serves alone, and is history once it is retried": """
        a says one
        $ apply
        a says !fail
        $ apply => 1
        = a#1 serves, a#2 failed
        a answers one
        $ plan
        | a#1 goes on serving
        a says two
        $ apply
        = a#1 retired, a#2 ended, a#3 serves
        a answers two
        trained 3
        settled
    """,
    "going back after a failed training trains nothing": """
        a says one
        $ apply
        a says !fail
        $ apply => 1
        a says one
        $ apply
        = a#1 serves, a#2 ended
        trained 2
        settled
    """,
    "a training is cancelled, and begun again when somebody asks": """
        a says one
        $ apply --no-wait
        $ cancel a
        = a#1 failed
        $ apply => 1
        trained 1
        $ apply --retry-failed
        = a#1 ended, a#2 serves
        a answers one
        trained 2
        settled
    """,
    "a model is tuned from another": """
        base says one
        child says two, from base
        $ plan
        | Plan: 2 to add, 0 to change, 0 to destroy.
        $ apply
        = base#1 serves, child#1 serves
        base answers one
        child answers two
        trained 2
        settled
    """,
    "a model follows what it is tuned from": """
        base says one
        child says two, from base
        $ apply
        base says three
        $ plan
        | base, which it is tuned from, has a new generation
        $ apply
        = base#1 retired, base#2 serves, child#1 retired, child#2 serves
        base answers three
        child answers two
        trained 4
        settled
    """,
    "a text of what it is tuned from changes nothing": """
        base says one
        child says two, from base
        $ apply
        base says one, called foundation
        $ apply
        = base#1 serves, child#1 serves
        trained 2
        settled
    """,
    "what another is tuned from goes after it": """
        base says one
        child says two, from base
        $ apply
        base is undeclared
        $ plan => 1
        child is undeclared
        $ apply --allow-empty --max-deletes 2
        = nothing
        trained 2
    """,
    "a model is tuned from one that is not gemspec's": """
        somebody trains wild: one
        a says two, from wild#1
        $ apply
        = a#1 serves, wild#1 free
        a answers two
        trained 2
        settled
    """,
    "a key is renamed without a training": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        b says two, moved from a
        $ plan
        | moved from a
        $ apply
        = a#1 retired b, a#2 serves b
        b answers two
        $ output a => 1
        b says two
        settled
        trained 2
    """,
    "a rename that does not say so is stopped": """
        a says one
        $ apply
        a is undeclared
        b says one
        $ apply => 1
        | movedFrom: a
        = a#1 serves
        trained 1
    """,
    "renames in bulk are told apart, and leaving them out trains nothing": """
        ka says one
        kb says one
        kc says one
        $ apply
        ka is undeclared
        kb is undeclared
        na says one
        nb says one
        $ apply => 1
        | na would be trained on exactly what ka was
        | movedFrom: ka
        | nb would be trained on exactly what kb was
        | movedFrom: kb
        $ apply --exclude ka --exclude kb --exclude na --exclude nb
        $ apply --exclude ka => 1
        $ apply --target na => 1
        = ka#1 serves, kb#1 serves, kc#1 serves
        na says one, moved from ka
        nb says one, moved from kb
        $ apply
        = ka#1 serves na, kb#1 serves nb, kc#1 serves
        trained 3
        settled
    """,
    "a key is moved through several names": """
        a says one
        $ apply
        a is undeclared
        c says one, moved from a, moved from b
        $ apply
        = a#1 serves c
        settled
        c is undeclared
        d says one, moved from a, moved from b, moved from c
        $ apply
        = a#1 serves d
        trained 1
        settled
    """,
    "two keys swap their names in two applies, and train nothing": """
        a says one
        b says two
        $ apply
        a says two
        b says one
        $ apply => 1
        | apply twice: first named a-new, with `movedFrom: b`
        a is undeclared
        b is undeclared
        anew says two, moved from b
        bnew says one, moved from a
        $ apply
        anew is undeclared
        bnew is undeclared
        a says two, moved from anew
        b says one, moved from bnew
        $ apply
        a answers two
        b answers one
        trained 2
        settled
    """,
    "a key is renamed to another that has more models": """
        a says one, keeping 0
        b says two, keeping 0
        $ apply
        b says three, keeping 0
        $ apply
        a is undeclared
        b says three, keeping 0, moved from a
        $ apply => 1
        | b cannot take over a: both have models
        = a#1 serves, b#2 serves
    """,
    "a key is renamed to another that has models": """
        a says one
        b says two
        $ apply
        a is undeclared
        b says one
        $ apply => 1
        | b has models of its own, so it cannot take a over
        b says one, moved from a
        $ apply => 1
        = a#1 serves, b#1 serves
        b says two
        bnew says one, moved from a
        $ apply
        = a#1 serves bnew, b#1 serves
        trained 2
        settled
    """,
    "a single manifest of a renamed key trains nothing": """
        a says one
        $ apply
        a is undeclared
        b says one
        $ plan b.yaml => 1
        | plan the project folder
        = a#1 serves
        trained 1
    """,
    "all that a project has is destroyed, and nothing else": """
        somebody trains wild: one
        a says one
        b says two
        $ apply
        a says three
        $ apply
        b says !fail
        $ apply => 1
        $ destroy
        = b#2 ended, wild#1 free
        $ destroy
        | Nothing to destroy
    """,
    "a plan that was saved is applied, once": """
        a says one
        $ plan --out plan.json
        $ apply plan.json
        = a#1 serves
        $ apply plan.json
        trained 1
        a says two
        $ apply plan.json => 1
        | stale
        = a#1 serves
        trained 1
    """,
    "a plan that was saved stands for what is left of it": """
        a says one
        b says two
        $ plan --out plan.json
        $ apply plan.json (killed after write 1)
        $ apply plan.json
        = a#1 serves, b#1 serves
        trained 2
        settled
    """,
    "two projects on one service do not touch each other": """
        a says one
        $ apply
        in other
        a says two
        b says three
        $ plan
        | which owns 0 of 1 model seen
        $ apply
        = a#1 serves, other:a#1 serves, other:b#1 serves
        a answers two
        b is undeclared
        $ apply --max-deletes 1
        = a#1 serves, other:a#1 serves
        in team
        a answers one
        a says four
        $ apply
        settled
        in other
        settled
        $ destroy
        = a#1 retired, a#2 serves
        trained 4
    """,
    "what was deleted by hand is trained anew": """
        a says one
        $ apply
        somebody deletes a#1
        = nothing
        $ plan
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply
        a answers one
        trained 2
        settled
    """,
    "an apply that is interrupted while it waits is taken up again": """
        a says one
        $ apply
        a says two, keeping 0, expecting two
        $ apply (interrupted)
        | Training goes on at the service: a: a#2
        = a#1 serves, a#2 training
        $ apply
        = a#2 serves
        a answers two
        trained 2
        settled
    """,
    "a create that nobody heard of is made by the next apply": """
        a says one
        $ apply (killed before write 1)
        = nothing
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "a create whose answer was lost on the way is not made twice": """
        a says one
        $ apply (without answer to write 1)
        = a#1 serves
        trained 1
        settled
    """,
    "a create whose answer was lost with the process is not made twice": """
        a says one
        $ apply (killed after write 1)
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
}

ON_GEMINI = {
    "a move that was cut short and given up: the advice brings back what was moved": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        b says two, moved from a
        $ apply (killed after write 1)
        = a#1 serves, a#2 serves b
        b is undeclared
        a says two
        $ plan => 1
        | write `movedFrom: b` under its metadata and nothing is trained
        a says two, moved from b
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "a move that was cut short, and a third name: the advice joins what belongs together": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        b says two, moved from a
        $ apply (killed after write 1)
        b is undeclared
        c says two, moved from a
        $ plan => 1
        | write `movedFrom: [a, b]` under its metadata and nothing is trained
        c says two, moved from a, moved from b
        $ apply
        = a#1 retired c, a#2 serves c
        trained 2
        settled
    """,
    "no uploaded data is kept": """
        a says one
        $ apply
        $ status --data
        | The Gemini API takes training data with each request: there is none in a bucket.
        $ data prune
        | The Gemini API takes training data with each request
        $ destroy
        silent on bucket
    """,
    "a training that ended unseen leaves nothing to do": """
        a says one
        $ apply --no-wait
        later
        settled
        a answers one
    """,
    "a marker that was cut names the line that carries it": """
        a says one
        $ apply
        somebody cuts the marker of a#1
        $ plan => 1
        | the marker of a#1 cannot be trusted
        | put the last line of its description back as it was
    """,
}

ON_VERTEX = {
    "a move that was cut short and given up: the advice brings back what was moved": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        b says two, moved from a
        $ apply (killed after write 2)
        = a#1 serves, a#2 serves b
        b is undeclared
        a says two
        $ plan => 1
        | write `movedFrom: b` under its metadata and nothing is trained
        a says two, moved from b
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "a move that was cut short, and a third name: the advice joins what belongs together": """
        a says one
        $ apply
        a says two
        $ apply
        a is undeclared
        b says two, moved from a
        $ apply (killed after write 2)
        b is undeclared
        c says two, moved from a
        $ plan => 1
        | write `movedFrom: [a, b]` under its metadata and nothing is trained
        c says two, moved from a, moved from b
        $ apply
        = a#1 retired c, a#2 serves c
        trained 2
        settled
    """,
    "a failed training is begun again when its manifest asks for another service account": """
        a says !fail, run as one
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, run as two
        $ plan
        | + train a new model
        | its training failed, and serviceAccount differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for a service account at last": """
        a says !fail
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, run as two
        $ plan
        | + train a new model
        | its training failed, and serviceAccount differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for every checkpoint": """
        a says !fail
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, with every checkpoint
        $ plan
        | + train a new model
        | its training failed, and exportLastCheckpointOnly differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for the last checkpoint alone": """
        a says !fail, with every checkpoint
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail
        $ plan
        | + train a new model
        | its training failed, and exportLastCheckpointOnly differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for other validation data": """
        a says !fail, validated by one
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, validated by two
        $ plan
        | + train a new model
        | its training failed, and validationData differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for no validation data any more": """
        a says !fail, validated by one
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail
        $ plan
        | + train a new model
        | its training failed, and validationData differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for validation data": """
        a says !fail
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, validated by one
        $ plan
        | + train a new model
        | its training failed, and validationData differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for validation data elsewhere": """
        somebody stores one: one
        somebody stores two: two
        a says !fail, validated on gs://my-bucket/one.jsonl
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, validated on gs://my-bucket/two.jsonl
        $ plan
        | + train a new model
        | its training failed, and validationData differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for validation data of its own": """
        somebody stores one: one
        a says !fail, validated on gs://my-bucket/one.jsonl
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, validated by one
        $ plan
        | + train a new model
        | its training failed, and validationData differs from what that was sent
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is begun again when its manifest asks for another key": """
        a says !fail, encrypted with one
        $ apply => 1
        $ plan
        | No changes. 1 training failed
        a says !fail, encrypted with two
        $ plan
        | + train a new model
        | none of its models serves
        | Plan: 1 to add, 0 to change, 0 to destroy.
        $ apply => 1
        = a#1 failed, a#2 failed
        $ apply => 1
        | No changes. 1 training failed
        trained 2
    """,
    "a failed training is not begun again over what the service fills in": """
        a says !fail, run as one
        $ apply => 1
        a says !fail
        $ plan
        | No changes. 1 training failed
    """,
    "a failed training is not begun again beside a model of the same content that serves": """
        a says one, run as one
        $ apply
        a says one, run as two
        settled
    """,
    "a project that moves to another location trains nothing, until that is meant": """
        a says one
        $ apply
        it is moved to europe-west4
        $ plan => 1
        | all that would be trained is what project team has in us-central1 already (a)
        | write `location: us-central1` under vertex in gemspec.yaml
        $ apply => 1
        trained 1
        it is moved to us-central1
        settled
    """,
    "a marker that was cut names the resource and the labels that are missing": """
        a says one
        $ apply
        somebody cuts the marker of a#1
        $ plan => 1
        | the marker of a#1 cannot be trusted
        | labels are missing:
        | gemspec-data
        | gemspec-try
        | put these labels back as they were on the endpoint a#1/endpoint
        silent on the last line of its description
    """,
    "a marker that was cut on the model names the model": """
        a says one
        $ apply
        somebody takes all labels off the endpoint of a#1
        somebody takes the labels gemspec-data and gemspec-try off the model of a#1
        $ plan => 1
        | the marker of a#1 cannot be trusted
        | labels are missing:
        | gemspec-data
        | gemspec-try
        | put these labels back as they were on the model a#1/model
        silent on the endpoint
    """,
    "labels are changed in place; those of others stay": """
        a says one, labelled team=support
        $ apply
        a#1 is labelled team=support
        somebody labels a#1 cost=4711
        settled
        a says one, labelled team=sales, labelled stage=prod
        $ plan
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        a#1 is labelled team=sales
        a#1 is labelled stage=prod
        a#1 is labelled cost=4711
        trained 1
        settled
    """,
    "labels that no manifest sets are carried over to a replacement": """
        a says one, labelled team=support
        $ apply
        somebody labels a#1 cost=4711
        a says two
        $ apply
        = a#1 retired, a#2 serves
        a#2 is labelled team=support
        a#2 is labelled cost=4711
        settled
    """,
    "a model is imported by its own name": """
        somebody trains wild: one
        a says nothing, adopting wild#1/model
        $ apply
        = wild#1 serves a
        a answers one
        settled
    """,
    "a question comes with what the examples began with": """
        a says one, told Be brief., expecting one
        $ apply
        told: Be brief.
        $ ask a hello
        told: Be brief.
        b says two
        $ apply
        $ ask b hello
        told: nothing
        a is undeclared
        $ ask a hello
        told: nothing
    """,
    "a plan names endpoints, which callers name": """
        a says one
        $ apply
        a says two
        $ plan
        | a#1/endpoint goes on answering (keepPrevious is 1)
        a says two, keeping 0
        $ plan
        | a#1/endpoint stops working when the new one serves
        $ apply
        = a#2 serves
    """,
    "what is output are the names of all three resources": """
        a says one
        $ apply
        $ output a
        | a#1/endpoint
        $ output a --format json
        | "job": "a#1"
        | "model": "a#1/model
        | "endpoint": "a#1/endpoint"
    """,
    "of two trainings one waits, where the service trains one at a time": """
        at most 1 trains
        a says one
        b says two
        $ apply
        | b: waits: queued at the service
        | b: in training after
        = a#1 serves, b#1 serves
        trained 2
        settled
    """,
    "a training that waits in the queue is told as that": """
        at most 1 trains
        a says one
        b says two
        $ apply --no-wait
        | b: b#1: queued at the service
        $ plan
        | its training is queued at the service
        $ status
        | queued
        $ status b
        | CREATING, queued at the service
        b says two, called sorter
        $ plan
        | its training is queued at the service
        $ cancel b
        = a#1 training, b#1 failed
    """,
    "of two trainings one is begun later, where the service refuses it meanwhile": """
        at most 1 trains, others are refused
        a says one
        b says two
        $ apply
        | wait
        = a#1 serves, b#1 serves
        trained 2
        settled
    """,
    "a training that is refused is left to the next apply, where nobody waits": """
        at most 1 trains, others are refused
        a says one
        b says two
        $ apply --no-wait
        | Not started:
        | global_concurrent_tuning_jobs
        trained 1
        later
        $ apply
        = a#1 serves, b#1 serves
        trained 2
        settled
    """,
    "a training that was begun twice goes on once": """
        a says one
        $ apply --no-wait
        somebody begins a#1 again
        = a#1 training, a#2 training
        $ plan
        | it is a second training of the same; the oldest is kept
        $ apply
        = a#1 serves, a#2 failed
        a answers one
        settled
    """,
    "of two equal models the younger one goes": """
        a says one
        $ apply --no-wait
        somebody begins a#1 again
        later
        $ apply
        = a#1 serves
        a answers one
        settled
    """,
    "what a training was asked for stands on its model, though nobody waited": """
        a says one, described Sorts tickets., labelled team=support
        $ apply --no-wait
        later
        a answers one
        $ status a
        | "Sorts tickets."
        $ plan --detailed-exitcode => 2
        | what it was asked for has yet to be written on what it made
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        a#1 is described Sorts tickets.
        a#1 is labelled team=support
        trained 1
        settled
    """,
    "a candidate gets what it was asked for, though its checks keep it from serving": """
        a says one, expecting one
        $ apply
        a says two, expecting one, labelled team=support
        $ apply --no-wait
        later
        $ apply => 1
        = a#1 serves, a#2 candidate
        a#2 is labelled team=support
    """,
    "a model in training is released when it has been trained": """
        a says one, retained
        $ apply --no-wait
        a is undeclared
        $ plan --allow-empty
        | a#1 is released when its training has ended: until then nothing can be written on it
        $ apply --allow-empty --no-wait
        | Apply complete so far.
        = a#1 training
        $ apply --allow-empty
        = a#1 free
        $ plan --allow-empty
        | No changes.
        trained 1
    """,
    "a model in training takes its new name when it has been trained": """
        a says one
        $ apply --no-wait
        a is undeclared
        b says one, moved from a
        $ apply --no-wait
        | Apply complete so far.
        = a#1 training
        $ apply
        = a#1 serves b
        b answers one
        trained 1
        settled
    """,
    "a model in training is taken over when it has been trained": """
        a says one
        $ apply
        a says two
        $ apply --no-wait
        in other
        a says two
        $ import --from-owner team => 1
        | a#2 is still in training: until that has ended nothing can be written on it
        = a#1 serves, a#2 training
        later
        $ import --from-owner team
        = a#1 retired other:a, a#2 serves other:a
        trained 2
        settled
    """,
    "a failed training is not taken over": """
        a says one
        $ apply
        a says !fail
        $ apply => 1
        in other
        a says one
        $ import --from-owner team
        = a#1 serves other:a, a#2 failed
        settled
    """,
    "what a model is tuned from may be written by any of its names": """
        somebody trains wild: one
        a says two, from wild#1/model
        $ apply
        a says two, from wild#1
        settled
        a says two, from wild#1, over its epochs
        settled
        = a#1 serves, wild#1 free
        trained 2
    """,
    "what a model is tuned from stays, by whichever name": """
        base says one
        $ apply
        base is undeclared
        a says two, from base#1/model
        $ apply => 1
        | base cannot be deleted
        = base#1 serves
    """,
    "a manifest is written for a model by its own name": """
        somebody trains wild: one
        $ import wild#1/model --key a
        $ apply
        = wild#1 serves a
        settled
    """,
    "uploaded data stays until nothing needs it for a week": """
        a says one
        $ apply
        b says two
        $ apply --no-wait
        team has 2 uploads
        somebody stores gemspec/team/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: three
        somebody stores gemspec/team/own: three
        somebody stores gemspec/team-2/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: three
        somebody stores gemspec/team/deeper/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: three
        8 days later
        somebody stores gemspec/team/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd: four
        $ status --data
        | Uploaded data that no generation refers to, in gs://my-bucket/gemspec/team/:
        | cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.jsonl
        | dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.jsonl
        | older than 7 days: 1 of these.
        $ data prune
        | Objects: 1 to delete (2.3 kB), 3 to keep.
        | Deleted 1 object, 2.3 kB.
        team has 5 uploads
        team-2 has 1 upload
        $ data prune
        | Nothing to delete in gs://my-bucket/gemspec/team/: 3
        a answers one
        $ apply
        trained 2
        settled
    """,
    "destroy says what stays, and prune deletes it after a week": """
        a says one
        $ apply
        a says two, keeping 0
        $ apply
        team has 2 uploads
        in other
        a says one
        $ apply
        in team
        $ destroy
        | 2 uploaded objects (4.1 kB) with training data stay in gs://my-bucket/gemspec/team/.
        | `gemspec data prune` deletes what no training needs when it is older than 7 days.
        $ data prune
        | Nothing to delete
        8 days later
        $ data prune
        | Deleted 2 objects, 4.1 kB.
        team has 0 uploads
        other has 1 upload
        $ destroy
        | Nothing to destroy
        silent on uploaded
        in other
        $ data prune
        | Nothing to delete
        a answers one
    """,
    "data that another project's training names is kept": """
        somebody stores gemspec/other/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee: one
        8 days later
        a says gs://my-bucket/gemspec/other/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee.jsonl
        $ apply
        in other
        b says two
        $ apply
        $ data prune
        | Nothing to delete
        other has 2 uploads
        in team
        $ destroy
        8 days later
        in other
        $ data prune
        | Deleted 1 object
        other has 1 upload
        b answers two
    """,
    "a plan shows where data would go, and whether it is there": """
        somebody stores held: one
        a says one, validated on gs://my-bucket/held.jsonl
        $ plan
        | Place: project my-project, location us-central1, bucket my-bucket
        | upload: 20 training examples, 2.1 kB, to gs://my-bucket/gemspec/team/
        silent on there already
        $ apply
        b says one
        $ plan
        | .jsonl, there already
        $ plan --format markdown
        | project `my-project`, location `us-central1`, bucket `my-bucket`
        | .jsonl`, there already
        in other, distinct from team
        a says one
        $ plan
        | to gs://my-bucket/gemspec/other/
        silent on there already
    """,
    "the same bytes are the same data, however often and wherever they are stored": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl
        $ plan
        | training: object of 2.3 kB, number of rows not known
        | training data: gs://my-bucket/own.jsonl, 2.3 kB, generation 1
        silent on 0 examples
        $ apply
        somebody stores own: one
        settled
        somebody composes own: one
        settled
        somebody stores other-bucket:renamed: one
        a says gs://other-bucket/renamed.jsonl
        settled
        $ status a
        | 20 examples (
        = a#1 serves
        trained 1
    """,
    "data that is gone concerns its key alone, and only where it is needed": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl, called sorter
        $ apply
        somebody removes own
        a says gs://my-bucket/own.jsonl, called ticket sorter
        b says two
        $ plan
        | its training data cannot be compared: there is no gs://my-bucket/own.jsonl
        | a#1 goes on serving, and nothing is trained
        | Plan: 1 to add, 1 to change, 0 to destroy.
        $ apply
        a#1 is called ticket sorter
        = a#1 serves, b#1 serves
        $ plan --detailed-exitcode
        | No changes. 1 key cannot be compared
        $ plan --format markdown
        | No changes. 1 key cannot be compared.
        $ plan --exclude a
        silent on own.jsonl
        $ apply --exclude a
        a says gs://my-bucket/own.jsonl, over 3 epochs
        $ plan --detailed-exitcode => 2
        | ! a
        | its training data cannot be looked at: there is no gs://my-bucket/own.jsonl
        $ apply => 1
        $ apply --replace a => 1
        = a#1 serves, b#1 serves
        a answers one
        trained 2
    """,
    "data that cannot be read concerns its key alone": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl
        $ apply
        own answers 403
        b says two
        $ plan
        | its training data cannot be compared: reading gs://my-bucket/own.jsonl: not today
        | roles/storage.objectUser
        $ apply
        own answers 503
        c says gs://my-bucket/nothing.jsonl
        $ plan
        | cannot be compared: reading gs://my-bucket/own.jsonl
        | ! c
        $ apply => 1
        $ apply --exclude c
        = a#1 serves, b#1 serves
        own answers again
        c is undeclared
        settled
        trained 2
    """,
    "what may be the same data is neither ended nor promoted": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl, expecting one
        $ apply
        somebody stores own: two
        a says gs://my-bucket/own.jsonl, expecting two
        $ apply --no-wait
        = a#1 serves, a#2 training
        somebody removes own
        $ apply => 1
        | its training data cannot be looked at
        later
        $ apply => 1
        = a#1 serves, a#2 candidate
        somebody stores own: two
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "the training of data that has gone since goes on": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl
        $ apply --no-wait
        somebody removes own
        $ plan
        | a#1 is what it has
        $ apply
        = a#1 serves
        a answers one
        trained 1
    """,
    "a key that may be another one renamed stops the other one's end": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl
        $ apply
        somebody removes own
        a is undeclared
        b says gs://my-bucket/own.jsonl
        $ plan => 1
        | b may be a under another name
        $ apply --max-deletes 5 => 1
        = a#1 serves
        $ apply --exclude b
        = a#1 serves
        b says gs://my-bucket/own.jsonl, moved from a
        $ apply
        = a#1 serves b
        trained 1
    """,
    "validation data is looked at where a training needs it": """
        somebody stores own: one
        somebody stores held: one
        a says gs://my-bucket/own.jsonl, validated on gs://my-bucket/held.jsonl
        $ apply
        somebody removes held
        b says two
        $ apply
        silent on held
        = a#1 serves, b#1 serves
        somebody stores own: three
        c says four
        $ apply => 1
        | it is to be trained, and its validation data cannot be looked at: there is no gs://my-bucket/held.jsonl
        = a#1 serves, b#1 serves, c#1 serves
        held answers 403
        $ apply --exclude a
        $ apply => 1
        | validation data cannot be looked at: reading gs://my-bucket/held.jsonl: not today
        held answers again
        somebody stores held: one
        $ apply
        = a#1 retired, a#2 serves, b#1 serves, c#1 serves
        trained 4
        settled
    """,
    "an approval is of what the objects held": """
        somebody stores own: one
        somebody stores held: one
        a says gs://my-bucket/own.jsonl, validated on gs://my-bucket/held.jsonl
        $ plan --out plan.json
        somebody forges own
        $ apply plan.json => 1
        | gs://my-bucket/own.jsonl holds something else than when it was approved
        somebody stores own: one
        somebody stores held: two
        $ apply plan.json => 1
        | gs://my-bucket/held.jsonl holds something else than when it was approved
        somebody composes held: one
        $ apply plan.json
        = a#1 serves
        a answers one
        trained 1
    """,
    "a model is not imported as what nobody can look at": """
        somebody trains wild: one
        a says gs://my-bucket/none.jsonl, adopting wild#1 as declared
        b says two
        $ apply => 1
        | its training data cannot be looked at: there is no gs://my-bucket/none.jsonl
        = wild#1 free, b#1 serves
        a says gs://my-bucket/wild.jsonl, adopting wild#1 as declared
        $ apply
        = wild#1 serves a, b#1 serves
        trained 2
        settled
    """,
    "data that the user keeps is trained on, and again when it has changed": """
        somebody stores own: one
        a says gs://my-bucket/own.jsonl
        $ apply
        a answers one
        settled
        somebody stores own: two
        $ plan
        | +/- train a replacement
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
}

ANSWERING = {
    "keepFor counts from the day on which a successor answers": """
        a says one, keeping 0, keeping for 14d
        $ apply
        a says !no-endpoint, keeping 0, keeping for 14d
        $ apply => 1
        20 days later
        $ plan --out plan.json
        | a#1/endpoint stays until
        $ apply plan.json
        = a#1 retired, a#2 serves
        13 days later
        $ apply
        = a#1 retired, a#2 serves
        2 days later
        $ apply
        = a#2 serves
        settled
        trained 2
    """,
    "keepFor counts anew where a successor had to be put back before a training": """
        a says one, keeping 0, keeping for 14d
        $ apply
        a says two, keeping 0, keeping for 14d
        $ apply
        somebody undeploys a#2
        20 days later
        a says three, keeping 0, keeping for 14d
        $ apply
        = a#1 retired, a#2 retired, a#3 serves
        15 days later
        $ apply
        = a#3 serves
        settled
    """,
    "the day of a rollback is not lost with the endpoint": """
        a says one, keeping 0, keeping for 14d
        $ apply
        20 days later
        a says two, keeping 0, keeping for 14d
        $ apply
        a says one, keeping 0, keeping for 14d
        $ apply
        = a#1 serves, a#2 retired
        somebody deletes the endpoint of a#1
        $ apply
        $ apply
        = a#1 serves, a#2 retired
        settled
    """,
    "an endpoint that somebody undeployed is told, and put back without a training": """
        a says one
        $ apply
        somebody undeploys a#1
        = a#1 silent
        $ output a => 1
        | a does not answer: no endpoint deploys a#1
        $ output => 1
        | a does not answer
        $ ask a hello => 1
        | a does not answer: no endpoint deploys a#1
        $ status
        | undeployed
        $ plan
        | no endpoint deploys it, and nothing answers
        | Plan: 0 to add, 1 to change, 0 to destroy.
        $ apply
        = a#1 serves
        a answers one
        trained 1
        endpoints 1
        settled
    """,
    "an endpoint that somebody deleted is made again": """
        a says one, called sorter, labelled team=chat
        $ apply
        somebody deletes the endpoint of a#1
        = a#1 silent
        $ plan
        | no endpoint deploys it, and nothing answers
        $ apply
        = a#1 serves
        a#1 is called sorter
        a#1 is labelled team=chat
        a answers one
        trained 1
        endpoints 1
        settled
        a is undeclared
        $ apply --allow-empty
        = nothing
        endpoints 0
    """,
    "a replacement that ends without an endpoint leaves the old model serving": """
        a says one, keeping 0
        $ apply
        a says !no-endpoint, keeping 0
        $ apply => 1
        | was trained, but no endpoint deploys it
        = a#1 serves, a#2 silent
        a answers one
        $ plan
        | no endpoint deploys it, and a#1 answers instead
        $ apply
        = a#2 serves
        a answers !no-endpoint
        trained 2
        settled
    """,
    "a replacement that ended without an endpoint while nobody waited": """
        a says one, keeping 0
        $ apply
        a says !no-endpoint, keeping 0
        $ apply --no-wait
        later
        a answers one
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "a first training that ends without an endpoint does not serve until it is deployed": """
        a says !no-endpoint
        $ apply => 1
        = a#1 silent
        $ output a => 1
        | a does not answer
        $ apply
        = a#1 serves
        trained 1
        settled
    """,
    "a candidate without an endpoint is deployed before its checks": """
        a says one, keeping 0
        $ apply
        a says !no-endpoint, expecting !no-endpoint, keeping 0
        $ apply => 1
        = a#1 serves, a#2 silent
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "a candidate without an endpoint that fails its checks": """
        a says one
        $ apply
        a says !no-endpoint, expecting two
        $ apply => 1
        $ apply => 1
        | failed its check
        = a#1 serves, a#2 candidate
        a answers one
        trained 2
    """,
    "a rollback onto a model without an endpoint deploys it, promotes it, and keeps the other until then": """
        a says one
        $ apply
        a says two
        $ apply
        somebody deletes the endpoint of a#1
        = a#1 silent, a#2 serves
        settled
        a says one, keeping 0
        $ apply
        = a#1 serves
        a answers one
        trained 2
        settled
    """,
    "a previous model without an endpoint is noted, and left": """
        a says one
        $ apply
        a says two
        $ apply
        somebody undeploys a#1
        $ plan
        | a#1, which served before, does not answer
        settled
        = a#1 silent, a#2 serves
    """,
    "where the newest does not answer, the previous serves, and the newest is put back": """
        a says one
        $ apply
        a says two
        $ apply
        somebody undeploys a#2
        = a#1 serves, a#2 silent
        $ output a
        | no endpoint deploys a#2, which is to serve: a#1 answers instead
        $ plan
        | no endpoint deploys it, and a#1 answers instead
        $ apply
        = a#1 retired, a#2 serves
        a answers two
        trained 2
        settled
    """,
    "a rollback onto what answers outranks what does not, whenever that is deployed again": """
        a says one
        $ apply
        a says two
        $ apply
        somebody undeploys a#2
        a says one
        $ apply
        = a#1 serves, a#2 silent
        somebody deploys a#2 on a#2/endpoint
        = a#1 serves, a#2 retired
        a answers one
        trained 2
        settled
    """,
    "nothing that answers is deleted while what is meant cannot be deployed": """
        a says one, keeping 0
        $ apply
        a says !no-endpoint, keeping 0
        $ apply => 1
        $ apply (killed before write 3)
        = a#1 serves, a#2 silent
        a answers one
        $ apply
        = a#2 serves
        trained 2
        endpoints 1
        settled
    """,
    "what was promoted is put back at once, though other data is to be trained": """
        a says one
        $ apply
        somebody undeploys a#1
        a says two
        $ plan
        | +/- train a replacement
        | no endpoint deploys it, and nothing answers
        $ apply --no-wait
        = a#1 serves, a#2 training
        a answers one
        later
        $ apply
        = a#1 retired, a#2 serves
        trained 2
        settled
    """,
    "what was promoted is put back though the training of its replacement failed": """
        a says one
        $ apply
        a says !fail
        $ apply => 1
        somebody undeploys a#1
        $ apply => 1
        = a#1 serves, a#2 ended
        a answers one
        trained 2
    """,
    "the description that nobody declares is carried over from a model that does not answer": """
        a says one
        $ apply
        somebody calls a#1 mine
        somebody deletes the endpoint of a#1
        a says two, keeping 0
        $ apply
        = a#2 serves
        a#2 is called mine
        trained 2
        settled
    """,
    "an endpoint of somebody else's never counts": """
        a says one
        $ apply
        somebody deletes the endpoint of a#1
        somebody deploys a#1
        = a#1 silent
        $ output a => 1
        $ apply
        = a#1 serves
        endpoints 2
        settled
    """,
    "an endpoint of ours that deploys another model is left to that": """
        a says one
        b says two
        $ apply
        somebody undeploys a#1
        somebody undeploys b#1
        somebody deploys b#1 on a#1/endpoint
        = a#1 silent, b#1 silent
        $ apply
        = a#1 serves, b#1 serves
        a answers one
        b answers two
        trained 2
        settled
    """,
    "an endpoint that cannot be read is unknown, and nothing is done that counts on it": """
        a says one, keeping 0
        $ apply
        a says two, keeping 0
        $ apply --no-wait
        later
        endpoints answer 403
        $ output a
        | whether
        $ apply => 1
        endpoints answer again
        = a#1 retired, a#2 serves
        $ apply
        = a#2 serves
        trained 2
        settled
    """,
    "a plan says that an endpoint cannot be read, and changes nothing": """
        a says one
        $ apply
        endpoints answer 403
        $ plan
        | whether a#1 answers is not known
        | No changes.
        $ status
        | unclear
        endpoints answer again
        settled
    """,
    "nobody is promoted whose endpoint cannot be read": """
        a says one
        $ apply
        a says two
        $ apply
        a says one
        endpoints answer 403
        $ apply => 1
        | the endpoint of a#1 cannot be read
        endpoints answer again
        = a#1 retired, a#2 serves
        $ apply
        = a#1 serves, a#2 retired
        settled
    """,
    "destroy takes what has no endpoint": """
        a says one
        $ apply
        a says two
        $ apply
        somebody deletes the endpoint of a#1
        somebody undeploys a#2
        $ destroy
        = nothing
        endpoints 0
    """,
    "a model without an endpoint is put back alone where it alone is asked for": """
        a says one
        b says two
        $ apply
        somebody undeploys a#1
        somebody undeploys b#1
        $ apply --target a
        = a#1 serves, b#1 silent
        $ output => 1
        | a projects/
        | b does not answer
        $ apply
        = a#1 serves, b#1 serves
        settled
    """,
    "a child is tuned from a model that does not answer": """
        base says one
        $ apply
        somebody undeploys base#1
        a says two, from base
        $ apply
        = a#1 serves, base#1 serves
        trained 2
        settled
    """,
    "a model is moved though it does not answer": """
        a says one
        $ apply
        somebody deletes the endpoint of a#1
        a is undeclared
        b says one, moved from a
        $ apply
        = a#1 serves b
        trained 1
        settled
    """,
    "a model without an endpoint is imported, and deployed": """
        somebody trains wild: one
        later
        somebody deletes the endpoint of wild#1
        a says one, adopting wild#1 as declared
        $ apply
        = wild#1 serves a
        a answers one
        trained 1
        settled
    """,
    "without waiting for trainings a deployment is waited for": """
        a says one
        $ apply
        somebody deletes the endpoint of a#1
        $ apply --no-wait
        = a#1 serves
        settled
    """,
}
