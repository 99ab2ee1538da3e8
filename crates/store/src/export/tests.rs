//! Exports of the five invented voters, in every format, on every database.

use super::{ExportFormat, ExportRequest};
use crate::error::ErrorKind;
use crate::read::VoterSelector;
use crate::store::Store;
use crate::testing::{
    World, booleans, dates, integers, nc, on_each_database, publish_voters, texts, write_table,
};
use hustings_core::FieldClass;
use std::path::Path;
use std::process::Command;

fn request(folder: &Path, format: ExportFormat) -> ExportRequest {
    ExportRequest {
        state: nc(),
        class: FieldClass::Base,
        owner: None,
        county: None,
        format,
        out: folder.join(format!("base.{}", format.as_str())),
        force: false,
    }
}

async fn world_with_voters(world: &World) -> (Store, tempfile::TempDir) {
    let store = world.open().await;
    publish_voters(&store).await;
    (store, crate::testing::folder())
}

#[tokio::test]
async fn a_household_leaves_under_the_organizations_own_key() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), ExportFormat::Csv);
        store.local().export(&request).await.unwrap();
        let text = std::fs::read_to_string(&request.out).unwrap();
        assert!(!text.contains("77000"), "the hash of an address is the same for everybody");
        let households: Vec<&str> =
            text.lines().skip(1).map(|line| line.rsplit(',').nth(4).unwrap()).collect();
        assert_eq!(households[0], households[1], "{text}");
        assert_ne!(households[0], households[2]);
        // The voter's page and the next export know it by the same key.
        let voter = store.local().voter(nc(), None, VoterSelector::StateId("AA1")).await.unwrap().unwrap();
        let shown = voter.values.iter().find(|value| value.column == "household_id").unwrap();
        assert_eq!(shown.value, households[0]);
        let again = ExportRequest { out: folder.path().join("again.csv"), ..request };
        store.local().export(&again).await.unwrap();
        assert!(std::fs::read_to_string(&again.out).unwrap().contains(households[0]));
    })
    .await;
}

#[tokio::test]
async fn the_base_file_holds_base_columns_of_voters_on_the_list_and_nothing_else() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), ExportFormat::Csv);
        let report = store.local().export(&request).await.unwrap();
        assert_eq!((report.rows, report.confidential_subtracted, report.dropped_subtracted), (3, 1, 1));
        let text = std::fs::read_to_string(&request.out).unwrap();
        let mut lines = text.split("\r\n");
        // No internal column (voter_id, source_line, dropped_at), none without a class (support_score).
        assert_eq!(
            lines.next().unwrap(),
            "voter_key,state_voter_id,name_last,name_first,res_line1,res_zip5,res_std_line,household_id,birth_date,\
             confidential,county_name,extra_note"
        );
        let second = lines.nth(1).unwrap();
        assert!(second.contains(",AA2,\"O'NEIL, \"\"KIT\"\"\",BO,2 OAK ST,27701,"), "{second}");
        assert!(!text.contains("HIDDEN") && !text.contains("GONE") && !text.contains("SECRET"));
        assert!(text.contains(",02701,") && text.contains(",1980-02-29,"));
        assert_eq!(report.bytes, u64::try_from(text.len()).unwrap());
        assert_eq!(report.columns.len(), 12);
        // Recorded and logged, and no half file left beside it.
        let records = store.local().records(std::slice::from_ref(&report.export)).await;
        assert_eq!((records.len(), records[0].action.as_str(), records[0].voters), (1, "exported", Some(3)));
        assert_eq!(records[0].details["sha256"], report.sha256.as_str());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    })
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_sent_never_has_a_name_on_the_disk() {
    use std::io::Read;
    use std::time::{Duration, SystemTime};
    on_each_database(async |world: World| {
        let (store, _) = world_with_voters(&world).await;
        let exports = store.data().exports();
        std::fs::create_dir_all(&exports).unwrap();
        // A folder's time tells of every name that was ever given in it.
        let before = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let reset = || std::fs::File::open(&exports).unwrap().set_modified(before).unwrap();
        let untouched = || std::fs::metadata(&exports).unwrap().modified().unwrap() == before;
        reset();
        drop(tempfile::tempfile_in(&exports).unwrap());
        // Not every file system makes files that never had one.
        let tells = untouched();
        for format in [ExportFormat::Csv, ExportFormat::Parquet, ExportFormat::Xlsx] {
            reset();
            let request = request(std::path::Path::new(""), format);
            let (report, mut file) = store.local().export_unnamed(&request).await.unwrap();
            assert_eq!(std::fs::read_dir(&exports).unwrap().count(), 0, "{format:?}");
            assert!(!tells || untouched(), "{format:?} had a name");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            assert_eq!(report.bytes, u64::try_from(bytes.len()).unwrap(), "from its beginning");
            assert_eq!((report.rows, report.file.to_str()), (3, request.out.to_str()));
            let begins: &[u8] = match format {
                ExportFormat::Csv => b"voter_key,",
                ExportFormat::Parquet => b"PAR1",
                ExportFormat::Xlsx => b"PK",
            };
            assert!(bytes.starts_with(begins), "{format:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_exports_cannot_be_joined_on_the_voter_key() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let mut request = request(folder.path(), ExportFormat::Csv);
        let mut keys = Vec::new();
        for name in ["one.csv", "two.csv"] {
            request.out = folder.path().join(name);
            store.local().export(&request).await.unwrap();
            let text = std::fs::read_to_string(&request.out).unwrap();
            keys.extend(text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()));
        }
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!((keys.len(), distinct.len()), (6, 6));
        assert!(keys.iter().all(|key| key.len() == 16));
        assert!(!keys.contains(&store.local().voter_key(nc(), hustings_core::VoterId(11)).await.to_string()));
    })
    .await;
}

#[tokio::test]
async fn one_county_goes_out_and_a_wrong_name_is_told_its_neighbours() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let mut request = request(folder.path(), ExportFormat::Csv);
        request.county = Some("durhm".to_owned());
        let error = store.local().export(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert_eq!(
            error.to_string(),
            "county `DURHM` is not in the voter file of nc: did you mean `DURHAM`?"
        );
        request.county = Some(" Durham ".to_owned());
        let report = store.local().export(&request).await.unwrap();
        assert_eq!((report.rows, report.confidential_subtracted, report.dropped_subtracted), (2, 1, 1));
        assert_eq!(report.county.as_deref(), Some("DURHAM"));
        assert!(!std::fs::read_to_string(&request.out).unwrap().contains("WAKE"));
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_when_asked() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let mut request = request(folder.path(), ExportFormat::Csv);
        std::fs::write(&request.out, "mine").unwrap();
        let error = store.local().export(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert_eq!(std::fs::read_to_string(&request.out).unwrap(), "mine");
        request.force = true;
        store.local().export(&request).await.unwrap();
        assert_ne!(std::fs::read_to_string(&request.out).unwrap(), "mine");
        request.out = folder.path().join("absent").join("base.csv");
        assert_eq!(store.local().export(&request).await.unwrap_err().kind(), ErrorKind::Input);
    })
    .await;
}

#[tokio::test]
async fn who_may_not_see_the_base_columns_exports_nothing() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), ExportFormat::Csv);
        let narrow = store.local().only(FieldClass::Private);
        assert_eq!(narrow.export(&request).await.unwrap_err().kind(), ErrorKind::Input);
        let elsewhere = store.local().in_state("va");
        assert_eq!(elsewhere.export(&request).await.unwrap_err().kind(), ErrorKind::Input);
        assert!(!request.out.exists());
    })
    .await;
}

#[tokio::test]
async fn a_sheet_keeps_text_as_text_and_dates_as_dates() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        let request = request(folder.path(), ExportFormat::Xlsx);
        assert_eq!(store.local().export(&request).await.unwrap().rows, 3);
        let Some(output) = python(
            "read the sheet",
            "import zipfile, sys\n\
             z = zipfile.ZipFile(sys.argv[1])\n\
             s = z.read('xl/worksheets/sheet1.xml').decode()\n\
             t = z.read('xl/sharedStrings.xml').decode() if 'xl/sharedStrings.xml' in z.namelist() else s\n\
             assert 'state=\"frozen\"' in s and '<autoFilter ref=\"A1:L4\"' in s, s[:2000]\n\
             assert '<c r=\"F2\" t=\"' in s and '02701' in t\n\
             assert '29280</v>' in s, 'the date 1980-02-29 as a day number'\n\
             assert '1850-12-31' in t, 'a day before the calendar of sheets stays text'\n\
             print('ok')",
            &request.out,
        ) else {
            return;
        };
        assert_eq!(output, "ok");
    })
    .await;
}

#[tokio::test]
async fn duckdb_reads_the_same_rows_from_csv_and_from_parquet() {
    on_each_database(async |world: World| {
        let (store, folder) = world_with_voters(&world).await;
        for format in [ExportFormat::Csv, ExportFormat::Parquet] {
            let request = request(folder.path(), format);
            store.local().export(&request).await.unwrap();
            let Some(output) = python(
                "read an export with DuckDB",
                "import duckdb, sys\n\
                 f = sys.argv[1]\n\
                 t = f\"read_csv('{f}', all_varchar=true)\" if f.endswith('csv') else f\"read_parquet('{f}')\"\n\
                 print(duckdb.sql(f\"select state_voter_id, name_last, res_zip5, birth_date::date from {t} order by 1\").fetchall())",
                &request.out,
            ) else {
                return;
            };
            assert_eq!(
                output,
                "[('AA1', 'SMITH', '02701', datetime.date(1980, 2, 29)), \
                 ('AA2', 'O\\'NEIL, \"KIT\"', '27701', None), \
                 ('AA3', 'SMITHERS', '27601', datetime.date(1850, 12, 31))]"
            );
        }
    })
    .await;
}

/// Runs a Python program on a file; none, said aloud, when this machine cannot.
fn python(what: &str, program: &str, file: &Path) -> Option<String> {
    let python = std::env::var("HUSTINGS_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let able = Command::new(&python).args(["-c", "import duckdb"]).output();
    if !able.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("HUSTINGS_REQUIRE_ALL").is_some_and(|value| value == "1");
        assert!(!required, "cannot {what}: `{python}` lacks duckdb");
        eprintln!(
            "SKIPPED: cannot {what}: `{python}` lacks duckdb (pip install duckdb, or set HUSTINGS_PYTHON)"
        );
        return None;
    }
    let output = Command::new(&python).args(["-c", program]).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A small disk in memory; gone when this is dropped.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this user may mount nothing.
    fn mount() -> Option<Self> {
        let folder = crate::testing::folder();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"]).arg(folder.path());
        command.output().is_ok_and(|output| output.status.success()).then(|| Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_said_with_advice_in_every_format_and_leaves_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: no tmpfs can be mounted");
        return;
    };
    let world = World { folder: crate::testing::folder(), database: None };
    let store = world.open().await;
    let record = publish_voters(&store).await;
    // More rows than any writer keeps in memory: the sheet's library panics while it writes them, not at its end.
    write_table(
        &record.folder.join("voters.parquet"),
        vec![
            ("voter_id", integers(std::array::from_fn::<_, 600, _>(|row| i64::try_from(row).ok()))),
            ("state_voter_id", texts([Some("AA1"); 600])),
            ("name_last", texts([Some("A NAME THAT IS AS LONG AS SOME NAMES ARE"); 600])),
            ("confidential", booleans([Some(false); 600])),
            ("county_name", texts([Some("DURHAM"); 600])),
            ("dropped_at", dates([None; 600])),
        ],
    );
    let filler = disk.0.path().join("filler");
    // The last bytes are refused: what is wished for is a full disk.
    assert!(std::fs::write(&filler, vec![1; 64 << 10]).is_err());
    for format in [ExportFormat::Csv, ExportFormat::Parquet, ExportFormat::Xlsx] {
        let request = request(disk.0.path(), format);
        let error = store.local().export(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Environment, "{error}");
        let text = error.to_string();
        assert!(text.starts_with("no space left to write `") && text.contains("free some space"), "{text}");
        assert!(text.contains(&*disk.0.path().to_string_lossy()) && !text.contains('\n'), "{text}");
        assert_eq!(std::fs::read_dir(disk.0.path()).unwrap().count(), 1, "{format:?}");
    }
}

#[test]
fn what_a_library_says_only_in_words_is_understood() {
    let path = Path::new("voters.xlsx");
    let full = std::io::Error::from_raw_os_error(28);
    let said = |words: &str| crate::durable::told_in_words(path, words).to_string();
    if cfg!(target_os = "linux") {
        assert_eq!(
            said(&format!("Couldn't write to xml file: {full:?}")),
            "no space left to write `voters.xlsx`: free some space on that disk and run the same command again"
        );
    }
    assert_eq!(said("a row is too long"), "cannot write `voters.xlsx`: a row is too long");
}
