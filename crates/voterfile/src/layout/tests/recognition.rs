//! Which file some bytes are.

use super::*;

/// The 70 names of North Carolina's file of 2026, a line of the shared synthetic voters.
const NC_2026: &str = "\"county_id\"\t\"county_desc\"\t\"voter_reg_num\"\t\"ncid\"\t\"last_name\"\t\"first_name\"\t\"middle_name\"\t\"name_suffix_lbl\"\t\"status_cd\"\t\"voter_status_desc\"\t\"reason_cd\"\t\"voter_status_reason_desc\"\t\"res_street_address\"\t\"res_city_desc\"\t\"state_cd\"\t\"zip_code\"\t\"mail_addr1\"\t\"mail_addr2\"\t\"mail_addr3\"\t\"mail_addr4\"\t\"mail_city\"\t\"mail_state\"\t\"mail_zipcode\"\t\"full_phone_number\"\t\"confidential_ind\"\t\"registr_dt\"\t\"race_code\"\t\"ethnic_code\"\t\"party_cd\"\t\"gender_code\"\t\"birth_year\"\t\"age_at_year_end\"\t\"birth_state\"\t\"drivers_lic\"\t\"ssn\"\t\"no_dl_ssn_chkbx\"\t\"hava_id_req\"\t\"precinct_abbrv\"\t\"precinct_desc\"\t\"municipality_abbrv\"\t\"municipality_desc\"\t\"ward_abbrv\"\t\"ward_desc\"\t\"cong_dist_abbrv\"\t\"super_court_abbrv\"\t\"judic_dist_abbrv\"\t\"nc_senate_abbrv\"\t\"nc_house_abbrv\"\t\"county_commiss_abbrv\"\t\"county_commiss_desc\"\t\"township_abbrv\"\t\"township_desc\"\t\"school_dist_abbrv\"\t\"school_dist_desc\"\t\"fire_dist_abbrv\"\t\"fire_dist_desc\"\t\"water_dist_abbrv\"\t\"water_dist_desc\"\t\"sewer_dist_abbrv\"\t\"sewer_dist_desc\"\t\"sanit_dist_abbrv\"\t\"sanit_dist_desc\"\t\"rescue_dist_abbrv\"\t\"rescue_dist_desc\"\t\"munic_dist_abbrv\"\t\"munic_dist_desc\"\t\"dist_1_abbrv\"\t\"dist_1_desc\"\t\"vtd_abbrv\"\t\"vtd_desc\"\r\n";
const NC_ROW: &str = "\"89\"\t\"TYRRELL\"\t\"000000000001\"\t\"KD100000\"\t\"SWANSON\"\t\"DENNIS\"\t\"RONALD\"\t\"\"\t\"A\"\t\"ACTIVE\"\t\"AV\"\t\"VERIFIED\"\t\"8016  MILL PL APT 217                       \"\t\"OXFORD\"\t\"NC\"\t\"27856\"\t\"8016  MILL PL APT 217\"\t\"\"\t\"\"\t\"\"\t\"OXFORD\"\t\"NC\"\t\"27856\"\t\"\"\t\"N\"\t\"01/03/2015\"\t\"W\"\t\"UN\"\t\"DEM\"\t\"M\"\t\"2000\"\t\"26\"\t\"\"\t\"Y\"\t\"Y\"\t\"N\"\t\"N\"\t\"01-01\"\t\"PRECINCT 01-01\"\t\"OXFO\"\t\"OXFORD\"\t\"\"\t\"\"\t\"5\"\t\"29A\"\t\"3\"\t\"39\"\t\"1\"\t\"1\"\t\"COMMISSIONER DISTRICT #1\"\t\"\"\t\"\"\t\"1\"\t\"SCHOOL DIST #1\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"OXFO\"\t\"OXFORD\"\t\"5\"\t\"5TH PROSECUTORIAL\"\t\"01-01\"\t\"01-01\"\r\n";

#[test]
fn north_carolina_of_2026_is_recognized_under_any_name() {
    let file = recognized("nc", "download (3).dat", &format!("{NC_2026}{NC_ROW}")).unwrap();
    assert_eq!((file.kind, file.version.as_str()), (FileKind::Voters, "2026-02 (70 columns)"));
    assert_eq!(file.format.width, 70);
    assert_eq!(file.field("state_voter_id"), Some(3));
    assert_eq!(file.missing_columns, Vec::<String>::new());
    assert_eq!(file.warnings, Vec::<String>::new());
}
