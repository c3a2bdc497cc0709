"""A Rego policy for Terraform's plans reads gemspec's, unchanged."""

from __future__ import annotations

import json

import pytest
import regopy

# In the shape of the examples of Open Policy Agent's "Terraform" tutorial: counts actions, forbids some.
POLICY = """
package terraform

blast_radius := 30
weights := {"tuned_model": {"delete": 100, "create": 10, "update": 1}}

default authz := false

authz if {
    score < blast_radius
    count(deletions) == 0
}

score := s if {
    all := [x |
        some resource_type
        crud := weights[resource_type]
        del := crud["delete"] * num_deletes[resource_type]
        new := crud["create"] * num_creates[resource_type]
        mod := crud["update"] * num_modifies[resource_type]
        x := del + new + mod
    ]
    s := sum(all)
}

deletions := [address |
    some change in input.resource_changes
    "delete" in change.change.actions
    address := change.address
]

resources[resource_type] := all if {
    some resource_type
    weights[resource_type]
    all := [name | name := input.resource_changes[_]; name.type == resource_type]
}

num_creates[resource_type] := num if {
    some resource_type
    resources[resource_type]
    creates := [res | res := resources[resource_type][_]; res.change.actions[_] == "create"]
    num := count(creates)
}

num_deletes[resource_type] := num if {
    some resource_type
    resources[resource_type]
    dels := [res | res := resources[resource_type][_]; res.change.actions[_] == "delete"]
    num := count(dels)
}

num_modifies[resource_type] := num if {
    some resource_type
    resources[resource_type]
    mods := [res | res := resources[resource_type][_]; res.change.actions[_] == "update"]
    num := count(mods)
}
"""


def judged(document):
    """The decision of the policy on a plan: whether it is allowed, its score, and what would be deleted."""
    rego = regopy.Interpreter()
    rego.add_module("terraform", POLICY)
    rego.set_input(document)
    found = json.loads(str(rego.query("x := [data.terraform.authz, data.terraform.score, data.terraform.deletions]")))
    return found["bindings"]["x"] if "bindings" in found else found


@pytest.mark.parametrize("case", ["create", "replace-and-delete", "update", "everything"])
def test_the_policy_counts_as_the_plan_does(case, cases, document):
    """Score and deletions follow from the plan's own counts."""
    made = json.loads(json.dumps(document(cases[case])))
    counts = made["counts"]
    allowed, score, deletions = judged(made)
    updates = sum("update" in entry["change"]["actions"] for entry in made["resource_changes"])
    assert score == 100 * counts["destroy"] + 10 * counts["add"] + updates
    assert len(deletions) == counts["destroy"]
    assert allowed is (score < 30 and not deletions)
