"""permissions and transferOwnership."""

import pytest

PATH = "/v1beta/tunedModels/m/permissions"
ANN = {"granteeType": "USER", "emailAddress": "ann@example.com", "role": "READER"}


@pytest.fixture(autouse=True)
def _model(emulator, order):
    emulator.post("tunedModels?tunedModelId=m", order())


def roles(emulator, **how):
    listed = emulator.get("tunedModels/m/permissions", **how)
    return {p.get("emailAddress", "everyone"): p["role"] for p in listed["permissions"]}


def test_the_creator_is_owner(emulator):
    """A new model has one permission, its creator's."""
    [owner] = emulator.get("tunedModels/m/permissions")["permissions"]
    assert list(owner) == ["name", "granteeType", "emailAddress", "role"]
    assert (owner["granteeType"], owner["emailAddress"], owner["role"]) == ("USER", "emulator@example.com", "OWNER")


def test_create_get_patch_delete(emulator):
    """A permission through its life."""
    made = emulator.post("tunedModels/m/permissions", {**ANN, "name": "ignored"})
    assert made == {"name": made["name"], **ANN}
    assert emulator.get(made["name"]) == made
    assert emulator.patch(f"{made['name']}?updateMask=role", {"role": "WRITER"}) == {**made, "role": "WRITER"}
    assert emulator.get(made["name"], params={"$alt": "json;enum-encoding=int"})["role"] == 2
    assert emulator.delete(made["name"]) == {}
    assert emulator.refusal("GET", f"/v1beta/{made['name']}")["status"] == "NOT_FOUND"


def test_everyone(emulator):
    """EVERYONE has no address, and lets everybody read."""
    made = emulator.post("tunedModels/m/permissions", {"grantee_type": 3, "role": 3})
    assert made == {"name": "tunedModels/m/permissions/everyone", "granteeType": "EVERYONE", "role": "READER"}
    assert emulator.get("tunedModels/m", user="eve")["name"] == "tunedModels/m"


def test_groups_have_no_members(emulator):
    """A permission for a group is kept, and opens nothing to a user of that address."""
    emulator.post("tunedModels/m/permissions", {**ANN, "granteeType": "GROUP"})
    assert emulator.refusal("GET", "/v1beta/tunedModels/m", user="ann")["code"] == 403


def test_pages(emulator):
    """10 permissions on a page by default."""
    for number in range(11):
        emulator.post("tunedModels/m/permissions", {**ANN, "emailAddress": f"u{number}@example.com"})
    first = emulator.get("tunedModels/m/permissions")
    second = emulator.get("tunedModels/m/permissions", params={"pageToken": first["nextPageToken"]})
    assert [len(page["permissions"]) for page in (first, second)] == [10, 2]
    assert len(emulator.get("tunedModels/m/permissions?pageSize=1000")["permissions"]) == 12


@pytest.mark.parametrize(
    "permission",
    [
        {**ANN, "role": "OWNER"},
        {**ANN, "role": "KING"},
        {**ANN, "role": None},
        {**ANN, "emailAddress": None},
        {**ANN, "emailAddress": "ann"},
        {**ANN, "granteeType": None},
        {**ANN, "granteeType": "EVERYONE"},
        {**ANN, "colour": "red"},
    ],
)
def test_permissions_that_are_refused(emulator, permission):
    """No owners, no unknown roles, an address for users and groups and none for everyone."""
    assert emulator.refusal("POST", PATH, json=permission)["status"] == "INVALID_ARGUMENT"


def test_the_same_grantee_twice(emulator):
    """A grantee has one permission: 409, whatever the case of the address; the owner's counts too."""
    emulator.post("tunedModels/m/permissions", ANN)
    for email in ("Ann@example.com", "emulator@example.com"):
        error = emulator.refusal("POST", PATH, json={**ANN, "emailAddress": email})
        assert error["status"] == "ALREADY_EXISTS"


@pytest.mark.parametrize("mask", ["", "?updateMask=emailAddress", "?updateMask=role,granteeType"])
def test_patch_needs_the_mask_role(emulator, mask):
    """updateMask=role is required, and nothing else can be patched."""
    name = emulator.post("tunedModels/m/permissions", ANN)["name"]
    assert emulator.refusal("PATCH", f"/v1beta/{name}{mask}", json={"role": "WRITER"})["status"] == "INVALID_ARGUMENT"


def test_the_owner_stays(emulator):
    """The owner's permission can neither be patched nor deleted, and no permission becomes OWNER."""
    owner = f"{PATH}/owner"
    ann = emulator.post("tunedModels/m/permissions", ANN)["name"]
    assert emulator.refusal("DELETE", owner)["code"] == 400
    assert emulator.refusal("PATCH", f"{owner}?updateMask=role", json={"role": "READER"})["code"] == 400
    assert emulator.refusal("PATCH", f"/v1beta/{ann}?updateMask=role", json={"role": "OWNER"})["code"] == 400


def test_transfer(emulator):
    """transferOwnership answers {}, the old owner becomes a writer, the new owner's old permission is deleted."""
    emulator.post("tunedModels/m/permissions", ANN)
    assert emulator.post("tunedModels/m:transferOwnership", {"emailAddress": "ann@example.com"}) == {}
    assert roles(emulator) == {"ann@example.com": "OWNER", "emulator@example.com": "WRITER"}
    error = emulator.refusal("POST", "/v1beta/tunedModels/m:transferOwnership", json={"emailAddress": "b@example.com"})
    assert error["code"] == 403
    emulator.post("tunedModels/m:transferOwnership", {"email_address": "emulator@example.com"}, user="ann")
    assert roles(emulator) == {"emulator@example.com": "OWNER", "ann@example.com": "WRITER"}


def test_transfer_to_oneself_and_without_an_address(emulator):
    """To oneself changes nothing; without an address it is refused."""
    emulator.post("tunedModels/m:transferOwnership", {"emailAddress": "emulator@example.com"})
    assert roles(emulator) == {"emulator@example.com": "OWNER"}
    assert emulator.refusal("POST", "/v1beta/tunedModels/m:transferOwnership", json={})["code"] == 400


def test_readers_do_not_see_permissions(emulator):
    """Writers share, readers do not even look."""
    emulator.post("tunedModels/m/permissions", ANN)
    assert emulator.refusal("GET", PATH, user="ann")["code"] == 403
    emulator.patch(
        emulator.post("tunedModels/m/permissions", {**ANN, "emailAddress": "bob@example.com"})["name"]
        + "?updateMask=role",
        {"role": "WRITER"},
    )
    assert "ann@example.com" in roles(emulator, user="bob")


def test_a_deleted_model_takes_its_permissions_along(emulator, order):
    """A new model of the same id starts with its creator alone."""
    emulator.post("tunedModels/m/permissions", ANN)
    emulator.delete("tunedModels/m")
    emulator.post("tunedModels?tunedModelId=m", order())
    assert roles(emulator) == {"emulator@example.com": "OWNER"}
