"""This module owns the ad texts of the shop world: what the ads for a shop of household things literally say.

Every text differs from every other within its first 40 characters, so that a cut-off one begins exactly one.
"""

from ingest.world.truth import Topic

BLANKETS = Topic(
    "/products/weighted-blanket",
    (),
    (
        "Sleep deeper from night one. The 7 kg weighted blanket made of cooling bamboo. Free returns for 60 nights",
        "“I haven't slept like this in years.” 12,400 reviews can't be wrong. Weighted blankets from $79. Shop now",
        "Too warm for a weighted blanket? Not this one. Knitted, breathable & washable at 60°C. Pick your colour",
        "Why hospitals use weighted blankets – and why yours should be 10% of your body weight. Find your size",
        "Last chance: winter bundle with blanket, mask and pillow spray. Save 25% until Sunday. Ships today.",
    ),
)
SHOES = Topic(
    "/products/trail-shoes",
    (),
    (
        "Run through mud, not around it. The Larkwood Trail 3: 5 mm lugs, 240 g, vegan. Try them for 30 days",
        "The trail shoe our testers wouldn't give back. Dry feet after 40 km of Scottish rain. Watch the film",
        "One shoe for road & trail. Change the route, not the shoes. New in four colours, in half sizes too.",
        "Your knees will thank you: trail running shoes with a 30 mm heel that don't feel like a platform.",
        "Women's trail shoes, built on a woman's last. Not pink, not shrunk, just made to fit. See the range",
        "POV: mile 19 and your feet are fine. Transcript: Okay so everybody told me that you can't break in a "
        "trail shoe on race day. I did. Fifty kilometres, two rivers, zero blisters. The lacing is one pull, the "
        "heel doesn't slip, and yes, they go in the washing machine. Link below. Text on screen: zero blisters. "
        "Button: Shop now",
    ),
)
COFFEE = Topic(
    "/products/hand-grinder",
    (),
    (
        "Your coffee isn't bad. Your grinder is. Steel burrs, 38 clicks, made to be repaired. From $64 today",
        "From bean to cup in 45 seconds: the hand grinder that baristas take on holiday. See why in this video",
        "Grind finer, taste more. Blind test: 9 of 10 picked our $64 grinder over a $300 electric one. Proof inside",
        "Camp coffee that doesn't taste like camp. Grinder & brewer in one steel tube. Only 480 g. Order now",
        "A gift for people who have everything but good coffee: grinder, beans and a card you can write yourself.",
    ),
)
DESKS = Topic(
    "/products/standing-desk",
    (),
    (
        "Stand up. Sit down. Repeat. The quiet standing desk in solid oak, with 10 years of warranty. Configure",
        "Back pain at 3 pm? A physiotherapist shows the 20-8-2 rule – and the desk that makes it easy to keep",
        "Small room, real desk: 100 × 60 cm, electric, from $329. Delivered to your door & built in 15 minutes",
        "We dropped a piano on our standing desk. It still goes up. Watch the test and see the spring prices.",
    ),
)
BAGS = Topic(
    "/products/travel-backpack",
    (),
    (
        "One bag, three weeks: the 38-litre backpack that fits under the seat of every airline we tried. Look inside",
        "Stop paying for cabin bags. This backpack meets the strictest airline's limits – to the millimetre",
        "Carry-on only? Packing list for 10 days, by a flight attendant. Her backpack is 20% off this week",
        "Made from 31 old fishing nets: the waterproof backpack with a lifetime repair promise. Meet the makers",
        "Rucksack fürs Handgepäck: 38 Liter, wasserdicht, lebenslang repariert. Größen und Farben ansehen",
    ),
)
