//! Attacks on sign-in: fixation, stolen cookies, replay, codes used twice, guessing, and asking who has an account.

use super::*;
use crate::access::Deed;
use crate::access::api_key::NewApiKey;
use crate::access::attempt::{self, Subject};
use crate::access::sign_in::SIGN_IN_REFUSED;
use crate::testing::on_each_database;
use hustings_core::digits::{from_hex, hex};
use sha2::Digest as _;

impl Office {
    /// The second factor that a browser is offered by a link.
    async fn opened(&self, code: &str, mark: &str) -> Enrollment {
        self.store.open_invitation(code, mark).await.unwrap().unwrap().second_factor
    }

    fn key_until(&self, minutes: i64) -> NewApiKey {
        let until = self.in_minutes(minutes);
        NewApiKey { name: "a program".to_owned(), role: Role::Organizer, grant: None, until }
    }
}

async fn campaign(world: &World) -> (Office, OrganizationId, Person) {
    let office = Office::open(world).await;
    let smith = office.organization("smith", OrganizationKind::Campaign).await;
    let ann = office.hire(&smith, "ann@example.org", &[Role::Organizer]).await;
    office.wait_seconds(60);
    (office, smith, ann)
}

#[tokio::test]
async fn session_fixation_the_token_changes_with_the_second_factor() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let planted = office.password(&ann.email, PASSWORD).await.unwrap();
        let digits = ann.totp.code_at(office.clock.now());
        let session = office.second_factor(&planted, &digits).await.unwrap();
        assert_ne!(session.token, planted);
        assert!(!office.is_signed_in(&planted).await, "who planted it has nothing");
        office.wait_seconds(30);
        let next = ann.totp.code_at(office.clock.now());
        assert_eq!(office.second_factor(&planted, &next).await, None, "nor can it be brought again");
        // A token of the attacker's making is none.
        assert!(office.store.session("attacker").await.unwrap().is_none());
        assert_eq!(
            office.second_factor(&ann.session.token, &next).await,
            None,
            "a session is no half session"
        );
    })
    .await;
}

#[tokio::test]
async fn a_cookie_stolen_before_sign_out_is_worth_nothing_after() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let session = office.sign_in(&ann).await.unwrap();
        let stolen = session.token.clone();
        office.store.sign_out(session.token.expose()).await.unwrap();
        assert!(!office.is_signed_in(&stolen).await);
        assert!(
            office.store.change_password(stolen.expose(), PASSWORD, "another four odd words").await.is_err()
        );
    })
    .await;
}

/// Each value of each table, a line each.
async fn dump(office: &Office) -> Vec<String> {
    #[derive(FromQueryResult)]
    struct Text {
        text: Option<String>,
    }
    let database = &office.store.database;
    let all = async |sql: String| -> Vec<String> {
        let rows = database.all::<Text>("test", &sql, Vec::new()).await.unwrap();
        rows.into_iter().filter_map(|row| row.text).collect()
    };
    let is_sqlite = database.backend() == sea_orm::DbBackend::Sqlite;
    let tables = all(if is_sqlite {
        "SELECT name AS text FROM sqlite_master WHERE type = 'table'".to_owned()
    } else {
        "SELECT table_name::text AS text FROM information_schema.tables WHERE table_schema = current_schema()"
            .to_owned()
    });
    let mut values = Vec::new();
    for table in tables.await {
        let columns = all(if is_sqlite {
            format!("SELECT name AS text FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT column_name::text AS text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            )
        });
        for column in columns.await {
            values.extend(all(format!("SELECT CAST({column} AS text) AS text FROM {table}")).await);
        }
    }
    values
}

#[tokio::test]
async fn the_database_holds_nothing_with_which_one_could_sign_in() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let recovery = office.store.create_recovery(&local(), &smith, &ann.user).await.unwrap();
        let (_, key) = office.store.create_api_key(&local(), &smith, &office.key_until(60)).await.unwrap();
        let new = invitation(&smith, "bo@example.org", &[Role::Organizer], &[]);
        let (_, invited) = office.store.invite(&Acting::local(smith.clone()), &new).await.unwrap();
        let values = dump(&office).await;
        assert!(values.len() > 100, "all of it: {}", values.len());
        assert!(values.iter().any(|value| value.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")));
        let all = values.join("\n");
        let secrets = [&ann.session.token, &recovery, &ann.codes[0], &key, &invited].map(Secret::expose);
        for secret in secrets.into_iter().chain([ann.totp.base32().as_str(), PASSWORD]) {
            assert!(!all.contains(secret));
        }
        // Nor do the digests work as tokens, nor is there anything of which a code of hers could be computed.
        for value in &values {
            assert!(office.store.session(value).await.unwrap().is_none());
            assert!(office.store.api_key(value).await.unwrap().is_none());
            assert!(office.store.recover(value, "another four odd words").await.is_err());
            let mut made: Vec<[u8; 32]> = vec![sha2::Sha256::digest(value.as_bytes()).into()];
            made.extend(from_hex(value).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()));
            for (secret, seed) in made.iter().flat_map(|made| values.iter().map(move |seed| (made, seed))) {
                assert!(TotpSecret::of(secret, seed) != ann.totp, "her authenticator lies in the database");
            }
        }
        assert!(TotpSecret::of(&office.store.secret, &seed_of(&office, &ann).await) == ann.totp);
    })
    .await;
}

async fn seed_of(office: &Office, person: &Person) -> String {
    #[derive(FromQueryResult)]
    struct Row {
        totp_seed: String,
    }
    let sql = "SELECT totp_seed FROM users WHERE id = $1";
    let row = office.store.database.one::<Row>("test", sql, vec![person.user.as_str().into()]).await;
    row.unwrap().unwrap().totp_seed
}

#[tokio::test]
async fn the_secret_of_an_older_version_moves_out_of_the_database() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let secret = hex(&*office.store.secret);
        // As that version left it.
        let keys = world.folder.path().join("keys");
        let files = || {
            let all = std::fs::read_dir(&keys).unwrap().map(|entry| entry.unwrap().path());
            all.filter(|path| path.extension().is_some_and(|end| end == "secret")).collect::<Vec<_>>()
        };
        let first = files();
        assert_eq!(first.len(), 1);
        std::fs::remove_file(&first[0]).unwrap();
        let transaction = office.store.database.begin("test").await.unwrap();
        let former = format!(
            "DELETE FROM settings WHERE name = 'secret_name'; \
             INSERT INTO settings VALUES ('secret', '{secret}', '2026-01-01', 'test')"
        );
        transaction.script(&former).await.unwrap();
        transaction.commit().await.unwrap();
        drop(office);

        let office = Office::open(&world).await;
        assert_eq!(files(), first, "under the same name, since it is the same");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&keys), mode(&first[0])), (0o700, 0o600));
        }
        assert!(!dump(&office).await.contains(&secret));
        office.wait_minutes(5);
        assert!(office.sign_in(&ann).await.is_some(), "her authenticator goes on");
        for file in ["platform.db", "platform.db-wal"] {
            let bytes = std::fs::read(world.folder.path().join(file)).unwrap_or_default();
            assert!(!bytes.windows(64).any(|text| text == secret.as_bytes()), "{file} keeps the old row");
        }
        drop(office);

        // Without it nothing opens, and nothing else is taken for it.
        let kept = std::fs::read_to_string(&first[0]).unwrap();
        for damaged in [kept[..kept.len() - 9].to_owned(), kept.replace(&secret, &"7".repeat(64))] {
            std::fs::write(&first[0], damaged).unwrap();
            let error = Store::open(world.folder.path(), world.database.as_deref()).await.unwrap_err();
            assert!(error.to_string().contains("is damaged or another's"), "{error}");
        }
        std::fs::remove_file(&first[0]).unwrap();
        let error = Store::open(world.folder.path(), world.database.as_deref()).await.unwrap_err();
        assert!(error.to_string().contains("cannot be opened without its secret"), "{error}");
        assert_eq!(error.kind(), crate::ErrorKind::Environment);
        std::fs::write(&first[0], kept).unwrap();
        assert!(Office::open(&world).await.store.session("none").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_code_of_the_app_counts_once_also_in_two_browsers_at_once() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let digits = ann.totp.code_at(office.clock.now());
        let mine = office.password(&ann.email, PASSWORD).await.unwrap();
        let theirs = office.password(&ann.email, PASSWORD).await.unwrap();
        let (one, two) =
            tokio::join!(office.second_factor(&mine, &digits), office.second_factor(&theirs, &digits));
        assert_eq!(usize::from(one.is_some()) + usize::from(two.is_some()), 1);
        let loser = if one.is_none() { &mine } else { &theirs };
        assert_eq!(office.second_factor(loser, &digits).await, None);
        office.wait_seconds(30);
        assert!(office.second_factor(loser, &ann.totp.code_at(office.clock.now())).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_invitation_used_twice_makes_one_account() {
    on_each_database(async |world: World| {
        let (office, smith, _) = campaign(&world).await;
        let new = invitation(&smith, "bo@example.org", &[Role::Organizer], &[]);
        let (_, code) = office.store.invite(&Acting::local(smith.clone()), &new).await.unwrap();
        let code = code.expose();
        let Enrollment { totp, sealed } = office.opened(code, MARK).await;
        let digits = totp.code_at(office.clock.now());
        let bo = Acceptance {
            email: "",
            name: "Bo",
            password: PASSWORD,
            second_factor: &sealed,
            code: &digits,
            device: None,
        };
        let wrong = Acceptance { code: "12345x", ..bo.clone() };
        assert!(office.store.accept_invitation(code, MARK, &wrong).await.is_err());
        // The invited cannot make themselves somebody else.
        let mine = Acceptance { email: "eve@example.org", ..bo.clone() };
        let (one, two) = tokio::join!(
            office.store.accept_invitation(code, MARK, &mine),
            office.store.accept_invitation(code, MARK, &mine)
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
        let error = office.store.accept_invitation(code, MARK, &bo).await.unwrap_err();
        assert_eq!(error.to_string(), "this invitation is wrong, used or over: ask for another");
        let users = office.store.users(&smith).await.unwrap();
        let emails: Vec<_> = users.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(emails, ["ann@example.org", "bo@example.org"]);
        assert_eq!(office.records("invitation_accepted").await.len(), 2, "Ann's and Bo's");
        // The digits with which it was accepted do not sign in again.
        let half = office.password("bo@example.org", PASSWORD).await.unwrap();
        assert_eq!(office.second_factor(&half, &digits).await, None);
    })
    .await;
}

#[tokio::test]
async fn guessing_locks_accounts_that_exist_and_that_do_not_alike() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let mut answers = Vec::new();
        for (email, source) in [(ann.email.as_str(), "192.0.2.7"), ("nobody@example.org", "192.0.2.8")] {
            let mut seen = Vec::new();
            for try_number in 1..=8 {
                // The sixth try and on would be right.
                let password = if try_number > 5 { PASSWORD } else { "guess" };
                seen.push(office.password_at(&smith, email, password, source).await.is_none());
            }
            answers.push(seen);
        }
        assert_eq!(answers[0], vec![true; 8], "locked, the right password is refused too");
        assert_eq!(answers[0], answers[1]);
        assert!(SIGN_IN_REFUSED.contains("or there were too many tries"));
        // Counted alike, and told apart by nobody who reads the table.
        #[derive(FromQueryResult, PartialEq, Debug)]
        struct Row {
            failures: i64,
            locked_until: String,
        }
        let sql = "SELECT failures, locked_until FROM sign_in_attempts WHERE failures = 5 \
                   ORDER BY locked_until";
        let rows = office.store.database.all::<Row>("test", sql, Vec::new()).await.unwrap();
        assert_eq!(rows.len(), 4, "each address alone, and with the organization that was named");
        assert!(rows[0] == rows[1] && rows[2] == rows[3], "{rows:?}");
        // Both leave the same number of records, and the one about nobody names nobody.
        let records = office.records("password_refused").await;
        assert_eq!(records.len(), 10);
        assert!(records[5..].iter().all(|record| record.about.is_none() && record.principal.is_none()));
        assert!(records.iter().all(|record| !record.details.contains('@')));

        office.wait_minutes(2);
        assert!(office.sign_in(&ann).await.is_some(), "the lock ends by itself");
    })
    .await;
}

#[tokio::test]
async fn locks_grow_and_a_source_is_held_back_whatever_account_it_names() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        for round in 0..12 {
            for _ in 0..3 {
                let email = format!("guess{round}@example.org");
                office.password_at(&smith, &email, "guess", "192.0.2.9").await;
            }
        }
        let from_there = async |email: &str, password: &str| {
            office.password_at(&smith, email, password, "192.0.2.9").await.is_some()
        };
        assert!(from_there(&ann.email, PASSWORD).await, "at whose account nobody guessed does not wait");
        assert!(!from_there(&ann.email, "guess").await);
        assert!(!from_there(&ann.email, PASSWORD).await, "after a wrong one waits like whoever guesses");
        // Nor may somebody there go through the accounts of all, one guess each.
        let deed = Deed::begin(&office.store, "test").await.unwrap();
        for _ in 0..100 {
            attempt::begin(&office.store, &deed, Subject::Crowd("192.0.2.9")).await.unwrap();
        }
        deed.transaction.commit().await.unwrap();
        let bob = office.hire(&smith, "bob@example.org", &[Role::Chair]).await;
        assert!(!from_there(&bob.email, PASSWORD).await, "too many accounts were tried from there");
        assert!(office.sign_in(&ann).await.is_some(), "from elsewhere she is not held back");

        for minutes in [1, 2, 4, 8, 15, 15] {
            // Five tries lock for a minute; each one more for twice as long, up to a quarter of an hour.
            let tries = if minutes == 1 { 5 } else { 1 };
            for _ in 0..tries {
                office.password_at(&smith, &ann.email, "guess", "192.0.2.10").await;
            }
            office.wait_seconds(minutes * 60 - 1);
            assert_eq!(office.password(&ann.email, PASSWORD).await, None, "locked for {minutes} minutes");
            office.wait_seconds(1);
        }
        assert!(office.sign_in(&ann).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn guessing_the_second_factor_ends_the_half_session_and_locks() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        let right = ann.totp.code_at(office.clock.now());
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            assert_eq!(office.second_factor(&half, wrong).await, None);
        }
        assert_eq!(office.second_factor(&half, &right).await, None, "the half session is over");
        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        assert_eq!(
            office.second_factor(&half, &right).await,
            None,
            "a right password does not reset the count"
        );
        office.wait_minutes(3);
        assert_eq!(office.second_factor(&half, &right).await, None, "an old code");
        office.wait_minutes(4);
        assert!(office.sign_in(&ann).await.is_some());
        assert!(!office.is_signed_in(&half).await);
    })
    .await;
}

#[tokio::test]
async fn a_half_session_runs_out() {
    on_each_database(async |world: World| {
        let (office, _, ann) = campaign(&world).await;
        let half = office.password(&ann.email, PASSWORD).await.unwrap();
        office.wait_minutes(crate::access::session::SECOND_FACTOR_MINUTES_MAX);
        assert_eq!(office.second_factor(&half, &ann.totp.code_at(office.clock.now())).await, None);
    })
    .await;
}

#[test]
fn secrets_are_not_printed() {
    let secret = Secret::random("hustings-key-").unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(hidden)");
    assert_eq!(secret.expose().len(), 13 + 64);
    assert_eq!(Secret::code().unwrap().expose().len(), 23);
}

#[tokio::test]
async fn who_saw_a_link_before_does_not_know_the_second_factor_set_up_by_it() {
    on_each_database(async |world: World| {
        let (office, smith, _) = campaign(&world).await;
        let new = invitation(&smith, "bo@example.org", &[Role::Chair], &[]);
        let (record, code) = office.store.invite(&Acting::local(smith.clone()), &new).await.unwrap();
        let code = code.expose();
        let before = [office.opened(code, "curious").await, office.opened(code, "a scanner").await];
        let bo = office.accept(code, "").await;
        for seen in &before {
            assert!(seen.totp != bo.totp);
        }
        // With a new password, too, nobody signs in by what they saw.
        let recovery = office.store.create_recovery(&local(), &smith, &bo.user).await.unwrap();
        office.store.recover(recovery.expose(), "another four odd words").await.unwrap();
        office.wait_minutes(1);
        let half = office.password(&bo.email, "another four odd words").await.unwrap();
        for seen in &before {
            assert_eq!(office.second_factor(&half, &seen.totp.code_at(office.clock.now())).await, None);
        }
        // Who opened it stands in the organization's log, as nobody, and not more often than is of use.
        let opened = office.records("invitation_opened").await;
        assert_eq!(opened.iter().filter(|opening| opening.about.as_deref() == Some(&record.id)).count(), 3);
        assert!(opened.iter().all(|opening| opening.principal.is_none() && opening.logs.contains("smith")));
        let (_, code) = office
            .store
            .invite(
                &Acting::local(smith.clone()),
                &invitation(&smith, "cy@example.org", &[Role::Organizer], &[]),
            )
            .await
            .unwrap();
        for _ in 0..30 {
            office.opened(code.expose(), "a scanner").await;
        }
        assert_eq!(office.records("invitation_opened").await.len(), opened.len() + 20);
    })
    .await;
}

#[tokio::test]
async fn a_second_factor_is_good_for_the_form_that_showed_it_and_not_for_long() {
    on_each_database(async |world: World| {
        let (office, smith, _) = campaign(&world).await;
        let invite = async |email: &str| {
            let new = invitation(&smith, email, &[Role::Organizer], &[]);
            office.store.invite(&Acting::local(smith.clone()), &new).await.unwrap().1
        };
        let (code, other) = (invite("bo@example.org").await, invite("cy@example.org").await);
        let (code, other) = (code.expose(), other.expose());
        let mine = office.opened(code, MARK).await;
        let accept = async |code: &str, mark: &str, sealed: &str| {
            let digits = mine.totp.code_at(office.clock.now());
            let (email, name, password) = ("", "Bo", PASSWORD);
            let bo = Acceptance { email, name, password, second_factor: sealed, code: &digits, device: None };
            office.store.accept_invitation(code, mark, &bo).await
        };
        // A seed of one's own choosing; another's browser; another's link; none.
        let chosen = mine.sealed.replacen(&mine.sealed[..8], "00000000", 1);
        for (code, mark, sealed) in [
            (code, MARK, chosen.as_str()),
            (code, "another", &mine.sealed),
            (other, MARK, &mine.sealed),
            (code, MARK, ""),
            (code, MARK, "//"),
        ] {
            let error = accept(code, mark, sealed).await.unwrap_err().to_string();
            assert!(error.starts_with("this picture has grown old"), "{error}");
        }
        // A form that was refused shows the same picture again, and another once that is old.
        let again = office.store.reopen_invitation(code, MARK, &mine.sealed).await.unwrap().unwrap();
        assert_eq!(again.second_factor, mine);
        office.wait_minutes(crate::access::enrollment::ENROLLMENT_MINUTES_MAX);
        assert!(accept(code, MARK, &mine.sealed).await.is_err());
        let again = office.store.reopen_invitation(code, MARK, &mine.sealed).await.unwrap().unwrap();
        assert!(again.second_factor.totp != mine.totp);
        assert!(office.store.invitations(&smith).await.unwrap().len() == 2, "both are open still");
    })
    .await;
}

#[tokio::test]
async fn an_account_elsewhere_wipes_out_no_tries_at_the_victims() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        // Nobody proves an address: the rival makes an account of hers with itself.
        let planted = office.hire(&jones, &ann.email, &[Role::Organizer]).await;
        office.wait_minutes(61);
        let mut judged = 0;
        for round in 0..5 {
            for number in 0..4 {
                let source = format!("192.0.2.{}", 50 + round);
                let guess = format!("guess {round} {number}");
                let before = office.records("password_refused").await.len();
                office.password_at(&smith, &ann.email, &guess, &source).await;
                judged += office.records("password_refused").await.len() - before;
            }
            let source = format!("192.0.2.{}", 100 + round);
            office.password_at(&jones, &ann.email, PASSWORD, &source).await;
        }
        assert!(judged <= 6, "{judged} of 20 guesses were looked at");
        // The same with the present password of a session.
        let stolen = planted.session.token.expose();
        let _ = office.store.new_recovery_codes(stolen, PASSWORD).await;
        let before = office.records("password_refused").await.len();
        office.password_at(&smith, &ann.email, "guess", "192.0.2.99").await;
        assert_eq!(office.records("password_refused").await.len(), before, "locked still");
        office.wait_minutes(16);
        let half = office.password_at(&smith, &ann.email, PASSWORD, SOURCE).await;
        assert!(half.is_some(), "the lock ends by itself");
    })
    .await;
}

#[tokio::test]
async fn a_new_app_is_confirmed_in_few_tries_in_its_session_and_upon_the_same_password() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let session = office.sign_in(&ann).await.unwrap();
        let token = session.token.expose();
        let offered = office.store.begin_second_factor_change(token, PASSWORD).await.unwrap();
        let finish = async |token: &str, code: &str| {
            office.store.finish_second_factor_change(token, &offered.sealed, code).await
        };
        let right = || offered.totp.code_at(office.clock.now());
        // In another session of hers it is worth nothing.
        let other = office.sign_in(&ann).await.unwrap();
        assert!(finish(other.token.expose(), &right()).await.is_err());
        let wrong = if right() == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            let error = finish(token, wrong).await.unwrap_err().to_string();
            assert!(error.starts_with("the six digits are not those"), "{error}");
        }
        let error = finish(token, &right()).await.unwrap_err().to_string();
        assert!(error.starts_with("there were too many wrong codes"), "{error}");
        assert_eq!(office.records("second_factor_refused").await.len(), 6);
        assert!(office.store.offered_second_factor(token, &offered.sealed).await.unwrap().is_some());
        office.wait_minutes(crate::access::enrollment::ENROLLMENT_MINUTES_MAX);
        let error = finish(office.sign_in(&ann).await.unwrap().token.expose(), &right()).await.unwrap_err();
        assert!(error.to_string().contains("begin it again"), "{error}");

        // Begun, and left: a new password is the end of it.
        let session = office.sign_in(&ann).await.unwrap();
        let token = session.token.expose();
        let offered = office.store.begin_second_factor_change(token, PASSWORD).await.unwrap();
        let fresh = office.store.change_password(token, PASSWORD, "another four odd words").await.unwrap();
        let digits = offered.totp.code_at(office.clock.now());
        for token in [token, fresh.token.expose()] {
            let done = office.store.finish_second_factor_change(token, &offered.sealed, &digits).await;
            assert!(done.is_err());
        }
        // A wrong present password is recorded.
        let before = office.records("password_refused").await.len();
        assert!(office.store.new_recovery_codes(fresh.token.expose(), "wrong").await.is_err());
        let records = office.records("password_refused").await;
        assert_eq!(records.len(), before + 1);
        assert_eq!(records[before].organization_id, smith.as_str());
        // So is a half session that is none, and a key that is none; they name nobody.
        let none = Secret::random("").unwrap();
        let before = office.records("second_factor_refused").await.len();
        assert_eq!(office.second_factor(&none, "000000").await, None);
        assert_eq!(office.records("second_factor_refused").await.len(), before + 1);
        office.store.record_refused_key().await.unwrap();
        let record = &office.records("api_key_refused").await[0];
        assert_eq!((record.principal.as_ref(), record.organization_id.as_str()), (None, "local"));
    })
    .await;
}

#[tokio::test]
async fn guesses_at_one_organization_lock_nobody_out_of_another_and_many_organizations_give_few_more() {
    on_each_database(async |world: World| {
        let (office, smith, ann) = campaign(&world).await;
        let jones = office.organization("jones", OrganizationKind::Campaign).await;
        let there = office.hire(&jones, &ann.email, &[Role::Organizer]).await;
        office.wait_minutes(61);
        let guess = async |email: &str, organization: &OrganizationId| {
            let before = office.records("password_refused").await.len();
            assert_eq!(office.password_at(organization, email, "guess", "192.0.2.77").await, None);
            office.records("password_refused").await.len() - before
        };
        for _ in 0..8 {
            guess(&ann.email, &smith).await;
        }
        let right = async |person: &Person, organization: &OrganizationId| {
            office.password_at(organization, &person.email, PASSWORD, SOURCE).await.is_some()
        };
        assert!(!right(&ann, &smith).await, "locked, after five");
        assert!(right(&there, &jones).await, "her other account is hers");

        // Who goes on at one organization after another, which need not be here, has four times as many tries, and no more;
        // the same for an address that nobody has.
        office.wait_minutes(76);
        for email in [&ann.email, "nobody@example.org"] {
            let mut judged = 0;
            for number in 0..12 {
                let organization = id(&format!("place-{number}"));
                for _ in 0..4 {
                    judged += guess(email, &organization).await;
                }
            }
            assert_eq!(judged, 20, "{email}");
            office.wait_minutes(76);
        }
        assert!(right(&ann, &smith).await, "the lock ends by itself");
    })
    .await;
}
