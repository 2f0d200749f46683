use super::*;

/// A table as read from a small CSV text.
struct Table {
    names: Vec<String>,
    columns: Vec<Vec<String>>,
}

impl Table {
    fn new(csv: &str) -> Table {
        let mut rows = csv.lines().map(cells);
        let names = rows.next().unwrap_or_default();
        let mut columns = vec![Vec::new(); names.len()];
        for row in rows {
            columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        }
        Table { names, columns }
    }

    fn guesses(&self) -> Vec<Guess> {
        let column = |(name, cells): (&'_ String, &'_ Vec<String>)| {
            let samples: Vec<&str> = cells.iter().map(String::as_str).filter(|c| !c.is_empty()).collect();
            let distinct = samples.iter().collect::<std::collections::HashSet<_>>().len() as u64;
            let (rows, nulls) = (cells.len() as u64, (cells.len() - samples.len()) as u64);
            (name.clone(), samples.iter().map(|s| s.to_string()).collect::<Vec<_>>(), rows, distinct, nulls)
        };
        let owned: Vec<_> = self.names.iter().zip(&self.columns).map(column).collect();
        let columns: Vec<Column> = owned
            .iter()
            .map(|(name, samples, rows, distinct, nulls)| Column {
                name,
                samples: samples.iter().map(String::as_str).collect(),
                rows: *rows,
                distinct: *distinct,
                nulls: *nulls,
            })
            .collect();
        recognise(&columns)
    }

    /// `column=target`, with `!` after what is redundant.
    fn said(&self) -> Vec<String> {
        let target = |g: &Guess| g.target().map_or("-".into(), |t| t.to_string());
        let said = |(name, g): (&String, Guess)| {
            format!("{name}={}{}", target(&g), if g.redundant { "!" } else { "" })
        };
        self.names.iter().zip(self.guesses()).map(said).collect()
    }
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().expect("one cell").push(c),
        }
    }
    cells
}

macro_rules! sample {
    ($name:literal) => {
        Table::new(include_str!(concat!("../../../../fixtures/recognise/", $name, ".csv")))
    };
}

#[track_caller]
fn expect(table: &Table, expected: &str) {
    let expected: Vec<&str> = expected.split_whitespace().collect();
    let reasons: Vec<String> =
        table.guesses().iter().map(|g| format!("{:.2} {}", g.certainty, g.reason)).collect();
    assert_eq!(table.said(), expected, "{reasons:#?}");
}

#[test]
fn fake_1000() {
    let expected =
        "record_id=record_key first_name=given_name surname=family_name dob=birth_date city=city email=email";
    expect(&sample!("fake_1000"), expected);
}

#[test]
fn febrl_has_its_street_in_three_columns() {
    let expected = "record_id=record_key given_name=given_name surname=family_name street_number=street.house_number \
                    address_1=street.first address_2=street.second suburb=city postcode=postcode state=region \
                    date_of_birth=birth_date soc_sec_id=national_id";
    expect(&sample!("febrl2"), expected);
    expect(&sample!("febrl4"), &expected.replace("given_name=", "source=source given_name="));
}

#[test]
fn historical_repeats_its_names() {
    let expected = "record_id=record_key full_name=full_name! first_and_surname=full_name! first_name=given_name \
                    surname=family_name dob=birth_date birth_place=text postcode_fake=postcode gender=gender \
                    occupation=category";
    let table = sample!("historical_a");
    expect(&table, expected);
    let full_name = table.guesses().swap_remove(1);
    assert!(full_name.reason.contains("middle names"), "{}", full_name.reason);
}

#[test]
fn a_birth_date_in_three_columns_and_names_in_two() {
    let expected = "record_id=record_key fname_c1=given_name.first fname_c2=given_name.second \
                    lname_c1=family_name.first lname_c2=family_name.second by=birth_date.year bm=birth_date.month \
                    bd=birth_date.day";
    expect(&sample!("name_pieces"), expected);
}

#[test]
fn synth_100k() {
    let expected = "record_id=record_key source=source created_at=created_at first_name=given_name \
                    middle_name=middle_name last_name=family_name suffix=name_suffix dob=birth_date gender=gender \
                    email=email phone=phone address=street city=city state=region zip=postcode";
    expect(&sample!("synth_100k"), expected);
}

#[test]
fn what_is_not_people() {
    expect(
        &sample!("dblp_acm"),
        "record_id=record_key source=source title=text authors=text venue=category year=number",
    );
    expect(
        &sample!("restaurants"),
        "record_id=record_key source=source name=company addr=street city=city phone=phone",
    );
    expect(
        &sample!("splink_transactions"),
        "record_id=record_key source=source memo=text transaction_date=date amount=number",
    );
}

#[test]
fn headers_in_other_languages() {
    let german = "Kundennr,Anrede,Name,Vorname,Geburtsdatum,Straße,PLZ,Ort,E-Mail,Telefonnummer\n\
                  1,Herr,Müller,Hans,13.09.1975,Hauptstr. 5,10115,Berlin,hm@x.de,030 901820\n\
                  2,Frau,Weiß,Anna,01.02.1980,Am Ring 7,01067,Dresden,aw@x.de,0351 112233\n";
    expect(
        &Table::new(german),
        "Kundennr=record_key Anrede=name_title Name=family_name Vorname=given_name Geburtsdatum=birth_date \
         Straße=street PLZ=postcode Ort=city E-Mail=email Telefonnummer=phone",
    );
    let french = "id_client,civilité,prénom,nom,date_de_naissance,adresse,code_postal,ville,courriel,téléphone\n\
                  1,M.,Jean,Dupont,13/09/1975,5 rue de la Paix,75002,Paris,jd@x.fr,01 42 68 53 00\n\
                  2,Mme,Marie,Durand,01/02/1980,7 av. Foch,69006,Lyon,md@x.fr,04 72 10 30 30\n";
    expect(
        &Table::new(french),
        "id_client=record_key civilité=name_title prénom=given_name nom=family_name date_de_naissance=birth_date \
         adresse=street code_postal=postcode ville=city courriel=email téléphone=phone",
    );
    let spanish = "nombre,apellidos,fecha_nacimiento,sexo,dirección,código_postal,ciudad,correo,móvil\n\
                   José,García López,13/09/1975,hombre,Calle Mayor 5,28013,Madrid,jg@x.es,612 345 678\n\
                   Ana,Ruiz Gil,01/02/1980,mujer,Calle Sol 7,08001,Barcelona,ar@x.es,634 567 890\n";
    expect(
        &Table::new(spanish),
        "nombre=given_name apellidos=family_name fecha_nacimiento=birth_date sexo=gender dirección=street \
         código_postal=postcode ciudad=city correo=email móvil=phone",
    );
}

#[test]
fn headers_of_common_systems() {
    let crm = "Id,FirstName,LastName,MailingStreet,MailingCity,MailingState,MailingPostalCode,MailingCountry,requester.email,\
               MobilePhone,LastModifiedDate,billing_city\n\
               003A1,Ada,Smith,12 Main St,Boston,MA,02138,USA,ada@x.org,(617) 555-0134,2024-05-06T07:08:09Z,Salem\n\
               003A2,Bob,Jones,9 Oak Ave,Salem,OR,97301,USA,bob@x.org,(503) 555-0188,2024-05-07T07:08:09Z,Boston\n";
    expect(
        &Table::new(crm),
        "Id=record_key FirstName=given_name LastName=family_name MailingStreet=street MailingCity=city \
         MailingState=region MailingPostalCode=postcode MailingCountry=country requester.email=email \
         MobilePhone=phone LastModifiedDate=updated_at billing_city=-",
    );
}

#[test]
fn names_that_lie_are_not_believed() {
    let table = "customer_id,email_opt_in,phone_type,name,dob\n1,yes,home,Ada Smith,soon\n2,no,mobile,Bob Jones,later\n\
                 2,yes,home,Carol King,never\n";
    let said = Table::new(table).said();
    assert!(
        !said.iter().any(|s| s.ends_with("=email") || s.ends_with("=phone") || s.ends_with("=birth_date")),
        "{said:?}"
    );
    assert_eq!(
        said.first().map(String::as_str),
        Some("customer_id=customer_id"),
        "it comes twice, so it is no key"
    );
}

/// The same tables with c1, c2 … for names: what the content alone gives away.
#[test]
fn without_names() {
    let anonymous = |mut table: Table| {
        table.names = (1..=table.names.len()).map(|i| format!("c{i}")).collect();
        table
    };
    expect(
        &anonymous(sample!("fake_1000")),
        "c1=record_key c2=given_name c3=family_name c4=birth_date c5=city c6=email",
    );
    let synth = anonymous(sample!("synth_100k")).said();
    for expected in [
        "c1=record_key",
        "c4=given_name",
        "c6=family_name",
        "c8=birth_date",
        "c9=gender",
        "c10=email",
        "c11=phone",
        "c12=street",
        "c14=region",
    ] {
        assert!(synth.contains(&expected.to_string()), "{expected} in {synth:?}");
    }
    let pieces = anonymous(sample!("name_pieces")).said();
    assert_eq!(&pieces[5..], ["c6=birth_date.year", "c7=birth_date.month", "c8=birth_date.day"]);
}

#[test]
fn an_empty_table_is_no_fault() {
    assert!(recognise(&[]).is_empty());
    let guess =
        recognise(&[Column { name: "", ..Column::default() }, Column { name: "email", ..Column::default() }]);
    assert_eq!(guess[0].field, None);
    assert_eq!(guess[1].field, Some(Field::Email));
    assert!(guess[1].certainty < 0.6);
}
