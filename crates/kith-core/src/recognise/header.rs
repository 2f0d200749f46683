//! What the name of a column says, in English, German, French, Spanish and some Italian and Dutch.

use crate::field::Field;
use crate::standard::fold;

/// A name that says something.
pub(super) struct Named {
    pub field: Field,
    /// 0 to 1.
    pub strength: f64,
    /// The word that said it.
    pub word: String,
}

/// Names without blanks, folded.
const NAMES: &[(Field, &str)] = &[
    (
        Field::GivenName,
        "firstname fname givenname forename first given vorname rufname prenom nombres primernombre christianname \
         voornaam fn namefirst givennames firstnm nombre nome",
    ),
    (
        Field::MiddleName,
        "middlename mname middle middleinitial mi zweitername deuxiemeprenom segundonombre secondname initial \
         middlenames midname othernames",
    ),
    (
        Field::FamilyName,
        "lastname lname surname familyname last nachname familienname zuname nomdefamille nom apellido apellidos \
         primerapellido cognome achternaam ln namelast sn lastnm family",
    ),
    (
        Field::FormerName,
        "maidenname geburtsname formername previousname nomdejeunefille nomdenaissance birthname mothersmaidenname \
         aka alias formerlastname",
    ),
    (
        Field::FullName,
        "fullname name customername contactname personname displayname nomcomplet nombrecompleto firstandsurname \
         firstandlastname vollername clientname membername kundenname nomecompleto wholename namefull username",
    ),
    (Field::NameSuffix, "suffix namesuffix generation sfx gensuffix"),
    (
        Field::NameTitle,
        "title salutation prefix anrede civilite titre titulo tratamiento nameprefix honorific titel nametitle",
    ),
    (
        Field::BirthDate,
        "dob birthdate dateofbirth birthday birth geburtsdatum geburtstag geb gebdat gebdatum datedenaissance \
         datenaissance naissance fechadenacimiento fechanacimiento nacimiento fnac bday born datadinascita \
         geboortedatum bdate birthdt ddn",
    ),
    (Field::Gender, "gender sex geschlecht sexe sexo genre genero sesso geslacht gendercode"),
    (
        Field::Email,
        "email mail emailaddress emailaddr emailid correo correoelectronico courriel adressemail mailadresse \
         emailadresse adresseemail adresseelectronique emailadress",
    ),
    (
        Field::EmailSha256,
        "emailsha256 emailhash hashedemail hem sha256email sha256 emailsha sha256emailaddress",
    ),
    (
        Field::Phone,
        "phone phonenumber telephone tel mobile cell cellphone mobilephone homephone workphone telefon telefonnummer \
         handy handynummer mobil mobilnummer telefono movil celular portable telephonenumber phoneno telno \
         contactnumber mobilenumber cellnumber telefonnr landline msisdn gsm telefoon numerotelephone cellulare \
         numerodetelephone numtel rufnummer phonenum",
    ),
    (
        Field::Street,
        "street streetaddress address addr address1 addressline1 addressline addr1 strasse str anschrift adresse rue \
         calle direccion domicilio streetname via mailingaddress homeaddress add1 adres straat indirizzo streetline \
         street1 strassehausnummer address2 addressline2 addr2 add2 street2 adresszusatz complementadresse",
    ),
    (
        Field::City,
        "city town suburb locality ort stadt wohnort ville commune ciudad municipio localidad poblacion citta plaats \
         cityname village citytown towncity woonplaats",
    ),
    (
        Field::Region,
        "state province region county bundesland kanton canton departement provincia estado stateprovince statecode \
         prov stateprov comunidadautonoma statename stateorprovince",
    ),
    (
        Field::Postcode,
        "zip zipcode postcode postalcode plz postleitzahl codepostal codigopostal cp cap pincode postal zip5 pcode \
         eircode ziporpostalcode",
    ),
    (Field::Country, "country countrycode nation pays pais land countryname paese countryiso"),
    (Field::FullAddress, "fulladdress completeaddress addressfull postaladdress addresstext adressecomplete"),
    (
        Field::Company,
        "company companyname employer organization organisation firma societe empresa business businessname org \
         unternehmen arbeitgeber entreprise accountname azienda bedrijf firmenname raisonsociale",
    ),
    (
        Field::CustomerId,
        "customerid custid customernumber customerno custno clientid memberid membernumber memberno loyaltyid \
         loyaltynumber loyaltycard loyaltycardnumber accountid accountnumber kundennummer kundennr kundenid kdnr \
         numeroclient idclient numerocliente idcliente cardnumber patientid userid externalid crmid contactid \
         personid guestid subscriberid",
    ),
    (
        Field::NationalId,
        "ssn socsecid socialsecuritynumber socialsecurity nationalid nin nino taxid tin passport passportnumber dni \
         nif sozialversicherungsnummer svnr steuerid numerosecuritesociale nir medicarenumber driverslicense \
         licensenumber sin personnummer socsec codicefiscale bsn nhsnumber",
    ),
    (
        Field::Category,
        "occupation job jobtitle profession beruf maritalstatus language segment status type category education \
         ethnicity race religion nationality metier ocupacion venue tier role department familienstand nationalitat \
         sprache",
    ),
    (
        Field::Text,
        "description notes note comment comments memo text authors author birthplace placeofbirth geburtsort \
         lieudenaissance lugardenacimiento bemerkung subject summary product body message papertitle",
    ),
    (
        Field::Number,
        "amount price quantity total value age income year score count balance revenue betrag preis montant importe \
         latitude longitude lat lon lng salary alter",
    ),
    (
        Field::Date,
        "date transactiondate orderdate purchasedate joindate signupdate startdate enddate datum fecha eventdate \
         joined membersince lastseen lastlogin lastorder lastpurchase deathdate dateofdeath dod",
    ),
    (
        Field::UpdatedAt,
        "updatedat lastmodified modified modifiedat updated lastupdated updatedate changedat lastchange \
         lastmodifieddate systemmodstamp geandertam aenderungsdatum anderungsdatum modifiedon dateupdated lastupdate \
         modifieddate datemodification fechamodificacion lastmodifiedat updateddate datemodified",
    ),
    (
        Field::CreatedAt,
        "createdat created createddate creationdate datecreated registeredat insertedat createdon erstelltam \
         angelegtam signupat datecreation fechacreacion registrationdate",
    ),
    (
        Field::Source,
        "source sourcesystem system datasource origin quelle herkunft dataset provider sourcename sourceid",
    ),
    (
        Field::RecordKey,
        "id recordid recid rowid key pk uuid guid recordnumber rownumber index recordkey uniqueid rid",
    ),
];

/// Words that only say whose or which: `billing_city`, `Primary Email`.
const QUALIFIERS: &[&str] = &[
    "customer",
    "cust",
    "contact",
    "client",
    "user",
    "member",
    "person",
    "patient",
    "billing",
    "shipping",
    "bill",
    "ship",
    "to",
    "primary",
    "main",
    "home",
    "work",
    "personal",
    "private",
    "business",
    "owner",
    "applicant",
    "guest",
    "the",
    "c",
    "p",
    "requester",
    "buyer",
    "profile",
    "current",
    "residential",
    "mailing",
    "kunde",
    "kunden",
    "raw",
    "clean",
    "orig",
    "original",
    "delivery",
    "registered",
    "person1",
    "column",
    "col",
    "field",
];

/// Looks a column's name up: whole, without qualifiers, then by its longest known words, the later ones first.
pub(super) fn look_up(name: &str) -> Option<Named> {
    let tokens = tokens(name);
    let named = |field, strength, word: String| Named { field, strength, word };
    let whole = tokens.concat();
    if let Some(field) = known(&whole) {
        return Some(named(field, 0.97, whole));
    }
    let bare: Vec<&str> = tokens
        .iter()
        .map(String::as_str)
        .filter(|t| !QUALIFIERS.contains(t) && !t.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let word = bare.concat();
    if let Some(field) = known(&word) {
        return Some(named(field, 0.92, word));
    }
    for length in (1..bare.len()).rev() {
        for start in (0..=bare.len() - length).rev() {
            let word = bare.get(start..start + length).unwrap_or_default().concat();
            // Short words inside a longer name mislead: the "id" of "paid", the "land" of "land area".
            if let Some(field) = known(&word).filter(|_| word.len() > 2 && word != "land" && word != "first")
            {
                return Some(named(field, 0.75, word));
            }
        }
    }
    None
}

fn known(word: &str) -> Option<Field> {
    if word.is_empty() {
        return None;
    }
    NAMES.iter().find(|(_, names)| names.split(' ').any(|n| n == word)).map(|(field, _)| *field)
}

/// `dateOfBirth`, `DATE_OF_BIRTH` and `date.of birth` as three folded words; digits are words of their own.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len() + 4);
    let mut last = ' ';
    for c in name.chars() {
        let word_starts =
            last.is_lowercase() && c.is_uppercase() || last.is_alphabetic() && c.is_ascii_digit();
        if word_starts {
            spaced.push(' ');
        }
        spaced.push(c);
        last = c;
    }
    fold(&spaced).split(' ').filter(|t| !t.is_empty()).map(String::from).collect()
}
