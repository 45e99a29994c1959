"""This module owns the ad texts of the arbitrage world: what the ads for the articles literally say.

Every text differs from every other within its first 40 characters, so that a cut-off one begins exactly one.
"""

from ingest.world.truth import Topic

SUV = Topic(
    "/quiet-suvs",
    ("used suv", "suv deals", "quiet suv 2026", "suv lease no deposit", "suv for seniors"),
    (
        "Quiet SUVs of 2026: The 7 Models Reviewers Can't Stop Praising. See prices, trims and fuel use. Learn more",
        "Unsold 2025 SUVs Are Being Cleared Out - see what dealers near you ask for last year's models today.",
        "Seniors are switching to these easy-entry SUVs. High seats, wide doors & simple controls. Compare now",
        "The most reliable used SUVs under $15,000, ranked by owners after 100,000 miles. Read before you buy.",
        "This Hybrid SUV goes 600 miles on one tank. Here's what it costs per month and where to test drive it",
        "Small SUV, big trunk: 5 compact SUVs that swallow a stroller, two dogs and a week's shopping. Take a look",
        "“I'd never go back to a sedan.” Why drivers over 60 choose these 4 SUVs. Video transcript: I used to "
        "dread long drives. My back hurt, the doors were low, and parking was a nightmare. Then my daughter "
        "showed me this one. The seat is at hip height, it warns me when someone is behind me, and honestly? "
        "It is so quiet that I can hear my grandchildren in the third row. See the 2026 line-up and this "
        "month's offers. Button: See offers",
    ),
)
DENTAL = Topic(
    "/dental-implants",
    (
        "dental implants cost",
        "full mouth implants",
        "dental implants near me",
        "implant financing",
        "dentures",
    ),
    (
        "Dental Implants in 2026: what a full mouth really costs, and how seniors pay for it month by month.",
        "Missing teeth? Dentists in your area are taking patients for implants in one visit. See if you qualify",
        "The truth about dental implants abroad – a nurse explains what the brochures leave out. Read her list.",
        "All-on-4 or dentures? 9 questions to ask before you sign anything. Written by a prosthodontist's patient",
        "No dental insurance? These 5 payment plans cover implants, crowns & bridges. Compare monthly rates here",
        "Screwless dental implants: how they work, who they suit and why dentists recommend them after 60",
    ),
)
INTERNET = Topic(
    "/5g-internet",
    ("5g home internet", "broadband deals", "internet without landline", "cheap wifi", "fibre near me"),
    (
        "Discover How 5G Internet Transforms Your Digital Experience. Compare home plans without a landline.",
        "Broadband prices rise again in April: 6 providers that haven't raised theirs. Check your postcode now",
        "Pensioners can get home internet from £15 a month. Here's who qualifies & how to ask for the tariff.",
        "Still paying for a phone line you never use? 5G home hubs plug in and work in ten minutes. See deals",
        "Fastest home internet in the UK, street by street: type your postcode and see what your neighbours get.",
        "Your router is slow because of where it stands: 8 places that kill Wi-Fi, and the plans that fix it.",
    ),
)
APARTMENTS = Topic(
    "/senior-apartments",
    ("senior apartments", "55 plus communities", "low income senior housing", "assisted living cost"),
    (
        "New Senior Apartments are opening near you: one-floor living, no stairs, from $700 a month. See photos",
        "Low-income senior housing: waiting lists that are open this month, sorted by county. Check yours now.",
        "Inside the 55-and-over communities where everyone knows your name – and the lawn is mowed for you",
        "What assisted living really costs in 2026, and three kinds of help most families never ask for. Read on",
        "One bedroom, balcony, pool & bus at the door: senior apartments that don't look like senior apartments.",
        "She sold the house and never looked back. How retirees find apartments that cost less than their taxes",
    ),
)
TUBS = Topic(
    "/walk-in-tubs",
    ("walk in tub cost", "walk in shower seniors", "bathroom remodel grant", "tub to shower conversion"),
    (
        "Walk-In Tubs: 2026 prices in Canada, with and without installation. Grants for homeowners over 55",
        "Bathroom falls are the #1 reason seniors leave home. This tub door changes that. See how it works.",
        "Convert your old tub to a walk-in shower in one day: what the crew does, hour by hour & what it costs",
        "Is a walk-in bathtub worth it? An occupational therapist's honest answer after visiting 200 homes",
        "Provincial grants pay part of these bathroom upgrades. See which ones you can still apply for this year",
    ),
)
SOLAR = Topic(
    "/solar-zuhause",
    ("solaranlage kosten", "balkonkraftwerk", "photovoltaik förderung", "wärmepumpe preis"),
    (
        "Solaranlage 2026: So viel zahlen Hausbesitzer in Ihrer Region wirklich. Jetzt Preise vergleichen",
        "Balkonkraftwerk ohne Genehmigung: was jetzt erlaubt ist, was es kostet & wann es sich lohnt.",
        "Wärmepumpe im Altbau? Ein Energieberater erklärt, für wen sich der Umstieg schon heute rechnet.",
        "Neue Förderung für Photovoltaik: Diese Anträge müssen Sie vor dem Kauf stellen – Schritt für Schritt",
        "Strom vom eigenen Dach für unter 40 € im Monat: Wie Familien ihre Anlage mieten statt kaufen. Mehr dazu",
        "Größer ist nicht besser: Der häufigste Fehler beim Solarspeicher und wie Sie ihn vermeiden. Weiterlesen",
    ),
)
ELECTRIC = Topic(
    "/elektroautos",
    ("elektroauto leasing", "elektro suv", "kleinwagen elektro", "wallbox preis"),
    (
        "Elektroautos 2026 im Leasing: Diese Modelle gibt es ohne Anzahlung. Raten ab 149 € im Überblick",
        "Restposten: Elektro-SUVs aus dem Vorjahr werden jetzt günstig verkauft. Händler in Ihrer Nähe ansehen.",
        "Kleinwagen mit 400 km Reichweite? Fünf Stromer, die in jede Parklücke passen. Hier vergleichen",
        "Wallbox für Mieter: Was der Vermieter erlauben muss und was die Installation im Jahr 2026 kostet.",
    ),
)
DEGREES = Topic(
    "/online-degrees",
    ("online degree", "online mba", "nursing degree online", "scholarships for adults", "free courses"),
    (
        "Online degrees that employers actually ask for: 8 programs you can finish in 18 months. See tuition",
        "Finish your nursing degree from home. Accredited, part-time & with financial aid for working parents.",
        "Over 40 and back to school? These universities give credit for work experience. Check your options",
        "Medical billing from home: the short course behind one of 2026's steadiest remote jobs. Start here",
        "The online MBA without the GMAT: 6 business schools, their real prices and how long they really take",
        "😮 He got a cybersecurity job with a 9-month certificate. Here's the course list and what it costs.",
        "Scholarships nobody applies for: $2.9 billion in grants for adults went unclaimed. See if you're eligible",
    ),
)
CARS = Topic(
    "/electric-cars-us",
    ("electric car deals", "ev lease", "used ev", "electric suv price"),
    (
        "Electric cars are cheaper than you think: lease deals from $199 a month, no money down. See the list",
        "Used EVs lost half their price. Which ones are worth it, according to a mechanic who repairs them",
        "POV: you just found out what the new 3-row electric SUV costs. Sound on! Full price list inside",
        "Charging at home costs less than a coffee a day – the math, the chargers & the rebates in your state",
        "5 electric cars that go 300 miles and cost under $35,000. Number 3 isn't from the brand you expect.",
    ),
)
