"""The ecosystem's backend SDK for Python, unchanged, on a Postern core.

CORE_URL and CORE_KEY say where that is.
"""

import os
import unittest
import uuid

from supertokens_python import InputAppInfo, SupertokensConfig, init
from supertokens_python.recipe import emailpassword, session, userroles
from supertokens_python.recipe.emailpassword import interfaces as answers
from supertokens_python.recipe.emailpassword import syncio as passwords
from supertokens_python.recipe.session import exceptions
from supertokens_python.recipe.session import syncio as sessions
from supertokens_python.recipe.userroles import interfaces as role_answers
from supertokens_python.recipe.userroles import syncio as roles
from supertokens_python.syncio import delete_user, get_user, get_user_count, get_users_newest_first, get_users_oldest_first

TENANT = "public"
PASSWORD = "correct horse 1"


def setUpModule():
    init(
        app_info=InputAppInfo(app_name="Test", api_domain="http://api.example.com", website_domain="http://example.com"),
        framework="flask",
        supertokens_config=SupertokensConfig(connection_uri=os.environ["CORE_URL"], api_key=os.environ["CORE_KEY"]),
        recipe_list=[emailpassword.init(), session.init(anti_csrf="VIA_TOKEN"), userroles.init()],
        telemetry=False,
    )


def new_email():
    return f"{uuid.uuid4()}@example.com"


def new_user():
    made = passwords.sign_up(TENANT, new_email(), PASSWORD)
    assert isinstance(made, answers.SignUpOkResult), made
    return made


def start(user, payload=None, data=None):
    return sessions.create_new_session_without_request_response(
        TENANT, user.recipe_user_id, payload or {}, data or {}, disable_anti_csrf=True
    )


def tokens(of):
    return of.get_all_session_tokens_dangerously()


def refresh(token):
    return sessions.refresh_session_without_request_response(token, disable_anti_csrf=True)


def verify(of, **options):
    return sessions.get_session_without_request_response(tokens(of)["accessToken"], anti_csrf_check=False, **options)


class EmailPassword(unittest.TestCase):
    def test_sign_up(self):
        email = new_email()
        made = passwords.sign_up(TENANT, email, PASSWORD)
        self.assertIsInstance(made, answers.SignUpOkResult)
        self.assertEqual(made.user.emails, [email])
        self.assertEqual(made.user.id, made.recipe_user_id.get_as_string())
        self.assertIsInstance(passwords.sign_up(TENANT, email, PASSWORD), answers.EmailAlreadyExistsError)

    def test_sign_in(self):
        made = new_user()
        email = made.user.emails[0]
        found = passwords.sign_in(TENANT, email, PASSWORD)
        self.assertIsInstance(found, answers.SignInOkResult)
        self.assertEqual(found.user.to_json(), made.user.to_json())
        for wrong in ((email, PASSWORD + "!"), (new_email(), PASSWORD)):
            self.assertIsInstance(passwords.sign_in(TENANT, *wrong), answers.WrongCredentialsError)

    def test_reset(self):
        made = new_user()
        email = made.user.emails[0]
        token = passwords.create_reset_password_token(TENANT, made.user.id, email).token
        passwords.reset_password_using_token(TENANT, token, "another horse 2")
        self.assertIsInstance(passwords.sign_in(TENANT, email, "another horse 2"), answers.SignInOkResult)
        self.assertIsInstance(
            passwords.reset_password_using_token(TENANT, token, "a third horse 3"), answers.PasswordResetTokenInvalidError
        )


class Session(unittest.TestCase):
    def test_create_and_verify(self):
        made = new_user()
        begun = start(made, {"a": 1}, {"b": {"c": None}})
        for check in (False, True):
            found = verify(begun, check_database=check)
            self.assertEqual(found.get_handle(), begun.get_handle())
            self.assertEqual(found.get_user_id(), made.user.id)
            self.assertEqual(found.get_tenant_id(), TENANT)
            self.assertEqual(found.get_access_token_payload()["a"], 1)
        info = sessions.get_session_information(begun.get_handle())
        self.assertEqual((info.user_id, info.session_data_in_database), (made.user.id, {"b": {"c": None}}))
        forged = tokens(begun)["accessToken"][:-8] + "AAAAAAAA"
        with self.assertRaises(exceptions.TryRefreshTokenError):
            sessions.get_session_without_request_response(forged, anti_csrf_check=False)

    def test_refresh(self):
        begun = start(new_user(), {"a": 1})
        first = tokens(begun)["refreshToken"]
        after = refresh(first)
        self.assertEqual(after.get_handle(), begun.get_handle())
        self.assertEqual(after.get_access_token_payload()["a"], 1)
        verify(after, check_database=True)
        second = tokens(after)["refreshToken"]
        self.assertNotEqual(second, first)
        self.assertEqual(tokens(refresh(first))["refreshToken"], second)  # a lost answer is not theft
        refresh(second)
        with self.assertRaises(exceptions.UnauthorisedError):
            refresh("nonsense")

    def test_revoke(self):
        made = new_user()
        one, two = start(made), start(made)
        handles = sessions.get_all_session_handles_for_user(made.user.id)
        self.assertCountEqual(handles, [one.get_handle(), two.get_handle()])
        self.assertTrue(sessions.revoke_session(one.get_handle()))
        self.assertFalse(sessions.revoke_session(one.get_handle()))
        with self.assertRaises(exceptions.UnauthorisedError):
            verify(one, check_database=True)
        with self.assertRaises(exceptions.UnauthorisedError):
            refresh(tokens(one)["refreshToken"])
        self.assertEqual(sessions.revoke_all_sessions_for_user(made.user.id), [two.get_handle()])
        self.assertIsNone(sessions.get_session_information(two.get_handle()))


class Roles(unittest.TestCase):
    def test_roles(self):
        user, role = new_user().user.id, f"role-{uuid.uuid4()}"
        self.assertIsInstance(roles.add_role_to_user(TENANT, user, role), role_answers.UnknownRoleError)
        self.assertTrue(roles.create_new_role_or_add_permissions(role, ["read", "write"]).created_new_role)
        self.assertFalse(roles.create_new_role_or_add_permissions(role, ["read"]).created_new_role)
        self.assertIn(role, roles.get_all_roles().roles)
        self.assertCountEqual(roles.get_permissions_for_role(role).permissions, ["read", "write"])
        for had in (False, True):
            self.assertEqual(roles.add_role_to_user(TENANT, user, role).did_user_already_have_role, had)
        self.assertEqual(roles.get_roles_for_user(TENANT, user).roles, [role])
        self.assertEqual(roles.get_users_that_have_role(TENANT, role).users, [user])
        self.assertTrue(roles.remove_user_role(TENANT, user, role).did_user_have_role)
        self.assertTrue(roles.delete_role(role).did_role_exist)
        self.assertEqual(roles.get_roles_for_user(TENANT, user).roles, [])


class Users(unittest.TestCase):
    def test_list(self):
        made = [new_user().user.id for _ in range(3)]
        seen, page = [], get_users_oldest_first(TENANT, limit=2)
        seen += page.users
        while page.next_pagination_token:
            page = get_users_oldest_first(TENANT, limit=2, pagination_token=page.next_pagination_token)
            seen += page.users
        ids = [user.id for user in seen]
        self.assertEqual([i for i in ids if i in made], made)
        self.assertEqual(get_users_newest_first(TENANT, limit=1).users[0].id, ids[-1])
        self.assertEqual(get_user_count(), len(ids))
        found = get_users_newest_first(TENANT, query={"email": seen[0].emails[0]}).users
        self.assertEqual([user.id for user in found], ids[:1])

    def test_delete(self):
        made = new_user().user.id
        self.assertEqual(get_user(made).id, made)
        delete_user(made)
        self.assertIsNone(get_user(made))


if __name__ == "__main__":
    unittest.main()
