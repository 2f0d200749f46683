//! Common names and places, to know a column by its content. A few hundred words are enough: a column of names holds
//! some of them, whatever its language.

use std::collections::HashSet;
use std::sync::OnceLock;

macro_rules! word_list {
    ($(#[$doc:meta])* $name:ident $text:literal) => {
        $(#[$doc])*
        pub(super) fn $name(word: &str) -> bool {
            static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
            WORDS.get_or_init(|| $text.split_whitespace().collect()).contains(word)
        }
    };
}

word_list! {
    /// Given names: the most common ones of the United States, United Kingdom, Germany, France, Spain, Italy, India.
    given_name
    "james robert john michael david william richard joseph thomas christopher charles daniel matthew anthony mark
    donald steven andrew paul joshua kenneth kevin brian george timothy ronald jason edward jeffrey ryan jacob gary
    nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick frank raymond
    jack dennis jerry tyler aaron jose adam nathan henry zachary douglas peter kyle noah ethan jeremy walter keith
    roger terry austin sean gerald carl harold dylan arthur lawrence jordan jesse bryan billy bruce gabriel joe logan
    alan juan albert willie elijah wayne randy vincent mason roy ralph bobby russell bradley philip eugene liam oliver
    lucas leo max oscar harry charlie alfie jake luke lewis callum connor jayden hugo felix finn lachlan cooper
    mary patricia jennifer linda elizabeth barbara susan jessica karen sarah lisa nancy betty sandra margaret ashley
    kimberly emily donna michelle carol amanda melissa deborah stephanie dorothy rebecca sharon laura cynthia amy
    kathleen angela shirley brenda emma anna pamela nicole samantha katherine christine helen debra rachel carolyn
    janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn
    judith andrea hannah megan cheryl jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia
    frances jean alice judy isabella julia grace amber denise danielle marilyn beverly charlotte natalie theresa diana
    brittany doris kayla alexis lori marie mia ava chloe ella lily sophie georgia isla freya ruby zoe lucy holly molly
    hans klaus jurgen wolfgang dieter manfred horst helmut uwe bernd gunter gerhard werner karl heinz harald christian
    stefan andreas jens sven jan lukas jonas leon paul ursula monika petra sabine renate helga ingrid karin brigitte
    gisela claudia birgit heike katrin silke anja lena lea
    jean pierre michel andre philippe rene louis alain jacques bernard marcel daniel francois nathalie isabelle
    monique sylvie camille manon jose antonio manuel francisco carlos jesus javier miguel angel pedro pablo luis jorge
    carmen josefa isabel dolores pilar rosa lucia marta giuseppe giovanni mario luigi francesca giulia elena
    mohammed ahmed ali omar fatima aisha raj amit priya wei li ming"
}

word_list! {
    /// Family names of the same countries.
    family_name
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson
    thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young
    allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell carter
    roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris morales murphy cook rogers
    gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez
    wood bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez powell
    jenkins perry russell sullivan bell coleman butler henderson barnes fisher simmons graham murray freeman wells webb
    simpson stevens tucker porter hunter hicks crawford boyd mason kennedy warren dixon burns gordon shaw holmes rice
    robertson hunt black daniels palmer mills nichols grant knight ferguson stone dunn perkins hudson spencer
    clarke khan shah singh ahmed begum davies harrison chapman ellis
    muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schafer koch bauer richter klein wolf
    schroder neumann schwarz zimmermann braun kruger hofmann hartmann lange schmitt werner schmitz krause meier lehmann
    schmid schulze maier kohler herrmann konig walter mayer huber kaiser fuchs peters lang scholz moller weiss jung hahn
    vogel friedrich keller gunther frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig
    bohm winter kraus schumacher kramer vogt stein jager otto sommer gross
    bernard dubois durand leroy moreau lefebvre michel david bertrand roux vincent fournier girard bonnet dupont lambert
    fernandez gonzales alonso moreno munoz romero navarro dominguez vazquez gil serrano blanco molina castro ortega
    rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti costa de jong jansen"
}

word_list! {
    /// Large cities, first words of their names.
    city
    "london birmingham manchester leeds glasgow liverpool bristol sheffield edinburgh cardiff belfast leicester nottingham
    coventry hull bradford brighton plymouth oxford cambridge york bath norwich reading derby sunderland swindon
    paris lyon marseille toulouse nice nantes strasbourg bordeaux lille berlin hamburg munchen munich koln frankfurt
    stuttgart dusseldorf dortmund essen leipzig bremen dresden hannover nurnberg madrid barcelona valencia sevilla
    zaragoza malaga rome roma milano milan napoli torino amsterdam rotterdam brussels wien vienna zurich geneve dublin
    copenhagen stockholm oslo helsinki warsaw prague budapest lisbon athens sydney melbourne brisbane perth adelaide
    canberra hobart darwin newcastle toronto montreal vancouver calgary ottawa edmonton houston chicago phoenix
    philadelphia dallas austin jacksonville columbus charlotte indianapolis seattle denver boston nashville detroit
    portland memphis louisville baltimore milwaukee albuquerque tucson fresno sacramento atlanta omaha raleigh miami
    oakland minneapolis tulsa tampa cleveland springfield clayton franklin greenville clinton salem madison georgetown
    arlington fairview washington mumbai delhi bangalore tokyo singapore auckland wellington"
}

word_list! {
    /// Words of streets, short and long, of several languages.
    street
    "st street str strasse ave avenue av rd road dr drive ln lane ct court pl place blvd boulevard pkwy parkway hwy
    highway cir circle ter terrace way trl trail sq square close crescent cres crest grove gardens row walk loop rue calle
    via avenida platz allee weg gasse chemin circuit cct parade box"
}

word_list! {
    /// Legal forms and words of firms.
    company
    "inc llc ltd limited gmbh ag corp corporation co company plc sa sarl srl bv nv pty kg group holdings partners bank
    university institute services solutions consulting restaurant cafe grill hotel bistro bar kitchen shop store
    market pizza deli salon bakery house garden diner clinic school center centre"
}
