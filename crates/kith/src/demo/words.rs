//! The words that invented people and places are made of: common given names and surnames, invented towns, shops and mail
//! hosts. No list is of real persons, and every host ends in `.example`, which can never be registered.

/// Given names of men, the commonest first.
pub const MEN: &str = "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew \
Anthony Mark Steven Andrew Joshua Kenneth Kevin Brian Timothy Ronald Jason George Edward Jeffrey Ryan Jacob Nicholas \
Jonathan Gary Eric Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis \
Jerry Tyler Aaron José Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Keith Austin Sean Gerald Carl \
Dylan Harold Jordan Jesse Lawrence Arthur Gabriel Bruce Logan Albert Wayne Elijah Alan Juan Louis Ralph Eugene Philip Vincent \
Mason Roy Luis Liam Omar Wei Ivan Hassan Diego Mateo Ahmed Sanjay Kwame Hiroshi Sven François Jürgen André Björn René Jesús \
Ramón Giovanni Dmitri Tomás Søren Émile Joaquín Matthias Niklas Thaddeus Cornelius Barnaby";

/// Given names of women, the commonest first.
pub const WOMEN: &str = "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Sandra Betty \
Ashley Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Sharon Cynthia Dorothy \
Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra Rachel Carolyn Janet Maria \
Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly Christina Ruth Joan Virginia Judith Evelyn Hannah \
Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann Isabella Judy Charlotte \
Julia Grace Amber Alice Jean Denise Frances Danielle Marilyn Natalie Beverly Diana Theresa Zoë Renée Chloë Anaïs Inés \
Françoise Sofía Mónica Désirée Käthe Fatima Mei Priya Aisha Yuki Ingrid Chiara Olga Lucía Carmen Rosa Ottilie Philippa \
Guinevere Cordelia";

/// Surnames, the commonest first. `people` adds a long tail of invented ones.
pub const SURNAMES: &str = "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez \
Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker \
Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts \
Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz \
Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray \
Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Müller Powell Jenkins Perry Russell Sullivan \
Bell Coleman Butler Henderson Barnes Fisher Simmons Romero Jordan Patterson Hamilton Graham Reynolds Griffin Wallace Moreno \
West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Stevens Murray Ford Castro Marshall Owens Harrison Fernandez McDonald \
Woods Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Burns Crawford Olson Simpson Porter Hunter Gordon Silva Shaw Snyder \
Dixon Núñez Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Fox Warren Mills Meyer Rice Schmidt Daniels \
Ferguson Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley \
Knight Elliott Cunningham Duncan Armstrong Hudson Carroll Lane Riley Andrews Ray Delgado Berry Perkins Hoffman Peña Richards \
Willis Carpenter Lawrence O'Brien O'Connor Jiménez Gärtner Lefèvre Muñoz Sjöberg Köhler Gonçalves Schäfer Béranger D'Angelo \
Fitzgerald MacLeod Böhm Ibáñez Strauß";

/// Parts of invented surnames.
pub const SYLLABLES: &str = "ba be bo bra bur ca cha cor da del der do dra el fa fel fer fin ga ger gra hal har hen hol in jan \
ka kel ken kin kow la lan lar len li lo ma mar mel mer mi mon mor na nel ner or pa per pin qui ra ren ri ro ros sal sch sen \
ser ska so ster ta tel ter ti tor tra ul va ven ver vi vil wal wei wol ya zan zel";

/// Street names.
pub const STREETS: &str = "Main Oak Pine Maple Cedar Elm Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset \
Railroad Jackson Highland Johnson River Meadow Broad Chestnut Forest Center Franklin Green Lincoln Park Cherry Dogwood Hickory \
Jefferson Adams Valley Locust Madison Birch Prospect Poplar Laurel Magnolia Sycamore Monroe Holly Smith College Hillcrest Rose \
Cottage Vista Canyon Harbor Bay Orchard Clay Liberty Fairview Union Grant Wilson Summit Court Pleasant Creek Dale Grove Canal \
Market Front Water High School Central Division Aspen Juniper Redwood Fox Deer Eagle Hawk Heron Robin Quail Stone Granite Slate \
Copper Silver Golden Crystal Amber Ivy Fern Clover Sage Heather Lantern Windmill Quarry Tannery Ropewalk Saltbox Thistle";

/// Kinds of streets, long and short, the commonest first.
pub const STREET_KINDS: [(&str, &str); 10] = [
    ("Street", "St"),
    ("Avenue", "Ave"),
    ("Road", "Rd"),
    ("Drive", "Dr"),
    ("Lane", "Ln"),
    ("Court", "Ct"),
    ("Boulevard", "Blvd"),
    ("Circle", "Cir"),
    ("Place", "Pl"),
    ("Way", "Way"),
];

/// First and second halves of invented towns.
pub const TOWN_HALVES: (&str, &str) = (
    "Alder Amber Ash Bell Birch Black Bright Brook Clear Clover Copper Crane East Elk Fair Fern Fox Glen Gold Green Grey Hart \
     Haven Heron High Juniper Kings Lark Linden Long Maple Marsh Mill Moss North Oak Otter Pine Quail Raven Red Ridge River Rose \
     Salt Silver South Spring Stone Summer Swan Thorn Wal West White Wil Win",
    "ton field ford ville wood port bury dale mont haven",
);

/// States and some of their real telephone area codes; numbers in them are made with the exchange 555.
pub const STATES: [(&str, [&str; 3]); 20] = [
    ("CA", ["213", "415", "916"]),
    ("TX", ["214", "512", "713"]),
    ("FL", ["305", "407", "813"]),
    ("NY", ["315", "518", "716"]),
    ("PA", ["215", "412", "717"]),
    ("IL", ["217", "312", "618"]),
    ("OH", ["216", "419", "614"]),
    ("GA", ["404", "706", "912"]),
    ("NC", ["336", "704", "919"]),
    ("MI", ["313", "517", "616"]),
    ("VA", ["540", "703", "804"]),
    ("WA", ["206", "360", "509"]),
    ("AZ", ["480", "520", "602"]),
    ("MA", ["413", "508", "617"]),
    ("TN", ["423", "615", "901"]),
    ("MO", ["314", "417", "816"]),
    ("WI", ["414", "608", "715"]),
    ("CO", ["303", "719", "970"]),
    ("MN", ["218", "507", "612"]),
    ("OR", ["503", "541", "971"]),
];

/// Mail hosts, the commonest first.
pub const MAIL_HOSTS: &str = "fernmail.example quickpost.example skyletter.example bluebox.example mailnest.example \
harbornet.example pigeonpost.example rivercable.example inkwell.example paperplane.example tidewire.example";

/// E-mail addresses that staff type to get past a field that must be filled. The last is the shop's own: no list of junk can
/// know it.
pub const JUNK_EMAILS: [&str; 5] =
    ["noemail@noemail.com", "none@none.com", "na@na.com", "test@test.com", "customer@harborandpine.example"];

/// Telephone numbers that staff type for the same reason. The last is the shop's own: no list of junk can know it.
pub const JUNK_PHONES: [&str; 5] = ["0000000000", "9999999999", "5555555555", "1111111111", "3125550100"];

/// Short forms by given name.
pub const NICKNAMES: &str = "James:Jim,Jimmy,Jamie John:Johnny,Jack Robert:Rob,Bob,Bobby Michael:Mike,Mick William:Will,Bill,Billy \
David:Dave Richard:Rick,Dick,Rich Joseph:Joe,Joey Thomas:Tom,Tommy Charles:Charlie,Chuck Christopher:Chris Daniel:Dan,Danny \
Matthew:Matt Anthony:Tony Steven:Steve Andrew:Andy,Drew Joshua:Josh Kenneth:Ken,Kenny Timothy:Tim Ronald:Ron Edward:Ed,Eddie,Ted \
Jeffrey:Jeff Nicholas:Nick Jonathan:Jon Stephen:Steve Lawrence:Larry Benjamin:Ben Samuel:Sam Gregory:Greg Alexander:Alex \
Patrick:Pat Raymond:Ray Jacob:Jake Zachary:Zach Douglas:Doug Peter:Pete Nathan:Nate Gerald:Jerry Walter:Walt Harold:Harry \
Arthur:Art Vincent:Vince Albert:Al,Bert Philip:Phil Eugene:Gene José:Pepe François:Frank Patricia:Pat,Patty,Trish Jennifer:Jen,Jenny \
Elizabeth:Liz,Beth,Betty,Eliza Barbara:Barb Susan:Sue,Suzy Jessica:Jess Margaret:Maggie,Meg,Peggy Kimberly:Kim Michelle:Shelly \
Amanda:Mandy Melissa:Missy Deborah:Deb,Debbie Debra:Deb,Debbie Stephanie:Steph Rebecca:Becky,Becca Cynthia:Cindy Dorothy:Dot \
Kathleen:Kathy,Kate Angela:Angie Pamela:Pam Nicole:Nikki Samantha:Sam Katherine:Kate,Kathy,Katie Christine:Chris,Tina \
Catherine:Cathy,Kate Christina:Tina,Chris Virginia:Ginny Judith:Judy Jacqueline:Jackie Teresa:Terry Abigail:Abby Kathryn:Kathy,Katie \
Victoria:Vicky,Tori Danielle:Dani Theresa:Terry Isabella:Bella Charlotte:Charlie Sandra:Sandy Nancy:Nan Laura:Laurie Frances:Fran \
Philippa:Pippa";

/// What people write to the help desk about: subject and body.
pub const TICKETS: [(&str, &str); 8] = [
    ("Where is my order?", "It was to arrive on Tuesday and the tracking page has not moved since."),
    ("Wrong size", "The boots are one size too small, can I change them in the store?"),
    ("Loyalty points are missing", "I bought a lamp last week and no points came."),
    ("New address", "We have moved, please send the next catalogue to the new place."),
    ("Password", "I can not log in any more, the reset mail never comes."),
    ("Charged twice", "My bank shows the same amount two times."),
    ("Thank you", "The lady at the till was very kind to my mother."),
    ("Broken on arrival", "The teapot's lid is in two pieces, photos attached."),
];

/// Occupations as the data vendor names them.
pub const OCCUPATIONS: [&str; 10] = [
    "Administration",
    "Education",
    "Engineering",
    "Health care",
    "Hospitality",
    "Management",
    "Retail",
    "Retired",
    "Student",
    "Trades",
];

/// The words of a list.
pub fn list(words: &'static str) -> Vec<&'static str> {
    words.split_whitespace().collect()
}
