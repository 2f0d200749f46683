//! Reading the sets in `bench/data`'s form; what the harnesses share.

use kith_resolve::Kind;
use std::io::Read;

pub fn kind(set: &str, c: &str) -> Option<Kind> {
    use Kind::*;
    Some(match c {
        "first_name" | "given_name" | "fname_c1" => GivenName,
        "surname" | "last_name" | "lname_c1" => FamilyName,
        "middle_name" => MiddleName,
        "full_name" => FullName,
        "suffix" => NameSuffix,
        "dob" | "date_of_birth" => Date,
        "gender" => Gender,
        "email" => Email,
        "phone" => Phone,
        "address" | "address_1" | "addr" => Street,
        "address_2" => Street,
        "city" | "suburb" | "birth_place" => City,
        "state" => Region,
        "zip" | "postcode" | "postcode_fake" => Postcode,
        "soc_sec_id" => Identifier,
        "occupation" | "venue" => Category,
        "fname_c2" | "lname_c2" => Category,
        "title" | "authors" | "memo" => Text,
        "name" if set == "fodors_zagats" => Text,
        "year" | "amount" => Number,
        "transaction_date" => Date,
        _ => return None,
    })
}

pub fn norm(k: Kind, v: &str) -> Option<String> {
    let v = v.trim().to_lowercase();
    if v.is_empty() {
        return None;
    }
    Some(match k {
        Kind::Phone => {
            let d: String = v.chars().filter(char::is_ascii_digit).collect();
            let d = if d.len() == 11 && d.starts_with('1') { d[1..].to_string() } else { d };
            if ["0000000000", "9999999999", "5555555555", "1234567890", "1111111111"].contains(&d.as_str()) {
                return None;
            }
            d
        }
        Kind::Date => {
            let d: String = v.chars().filter(char::is_ascii_digit).collect();
            if d == "19000101" {
                return None;
            }
            if d.len() == 8 { format!("{}-{}-{}", &d[..4], &d[4..6], &d[6..]) } else { v }
        }
        Kind::Street => {
            let mut v = v.replace(['.', ','], " ").replace('#', " unit ");
            for (a, b) in [
                (" street", " st"),
                (" avenue", " ave"),
                (" road", " rd"),
                (" drive", " dr"),
                (" lane", " ln"),
                (" court", " ct"),
                (" boulevard", " blvd"),
                (" circle", " cir"),
                (" place", " pl"),
                (" apt ", " unit "),
            ] {
                v = v.replace(a, b);
            }
            v.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Kind::Postcode => v.split('-').next().unwrap_or("").to_string(),
        Kind::Email
            if [
                "noemail@noemail.com",
                "none@none.com",
                "test@test.com",
                "na@na.com",
                "customer@store.com",
            ]
            .contains(&v.as_str()) =>
        {
            return None;
        }
        _ => v,
    })
}

pub fn read(path: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut r = csv::Reader::from_reader(text.as_bytes());
    let head = r.headers().unwrap().iter().map(str::to_string).collect();
    (head, r.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect())
}

/// CPU seconds of this process so far (Linux, ticks of 10 ms).
pub fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    stat.split(' ').skip(13).take(2).filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}
