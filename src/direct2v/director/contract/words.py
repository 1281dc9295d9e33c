"""The word lists of the contract checks: English, lower case, one idea per list."""

from typing import Final

__all__ = [
    "ANIMATE",
    "ARTICLES",
    "ATTRIBUTES",
    "BEINGS",
    "COLLECTIONS",
    "FUNCTION_WORDS",
    "GENERIC",
    "HIDDEN",
    "KINDS",
    "LABELS",
    "NOT_VERBS",
    "NUMBERS",
    "PATHS",
    "PLACEHOLDERS",
    "PLACES",
    "PREPOSITIONS",
    "SEVERAL",
    "SHOWS_NOTHING",
    "SPELLINGS",
    "UNFILLED",
    "VERBS",
    "WEATHER",
]


def _words(*texts: str) -> frozenset[str]:
    return frozenset(" ".join(texts).split())


ARTICLES: Final = _words(
    "a an the one some",
    "der die das ein eine einen einem einer dem des le la les un une el los las una unos unas il lo gli het",
)

PREPOSITIONS: Final = _words(
    "about above across against along amid among around at atop before behind below beneath beside besides",
    "between beyond by down facing from in inside into like near next of off on onto opposite out outside "
    "over",
    "past through throughout to toward towards under underneath up upon via while with within without as",
)

FUNCTION_WORDS: Final = (
    ARTICLES
    | PREPOSITIONS
    | _words(
        "am and are be been being but can could did do does for had has have he her hers him his how i if "
        "is it",
        "its itself just may me might must my no nor not or our ours she should so than that their theirs "
        "them",
        "themselves there these they this those too us was we were what when where whether which who whom "
        "whose",
        "why will would yet you your himself herself because until till since both each every all any "
        "only also",
    )
)

SHOWS_NOTHING: Final = _words(
    "eagerly proudly patiently nervously anxiously curiously bravely boldly merrily cheerfully joyfully",
    "playfully sleepily thoughtfully intently attentively deeply warmly kindly politely perfectly",
    "wonderfully nicely lightly subtly vividly clearly constantly continuously endlessly always often",
    "usually sometimes briefly shortly soon instantly immediately photorealistic realistic",
    # hedges, and words that place the picture in time
    "slightly now still again then next finally suddenly meanwhile currently presently already almost "
    "nearly really very quite rather fairly somewhat just simply even ever yet also too continues "
    "continuing eventually gradually later once moment moments second seconds afterwards bit perhaps "
    "maybe totally completely fully entirely absolutely truly so extremely incredibly particularly "
    "especially actually",
    # how somebody does it: no still picture shows it
    "slowly quickly gently softly quietly calmly peacefully gracefully happily carefully steadily "
    "silently smoothly rapidly swiftly lazily elegantly",
    # praise
    "beautiful beautifully stunning gorgeous lovely pretty amazing nice wonderful breathtaking majestic "
    "magnificent impressive epic awesome marvellous marvelous fantastic charming delightful incredible "
    "peaceful serene tranquil cute adorable elegant iconic memorable wondrous enchanting idyllic special",
    "spectacular exquisite perfect scenic picturesque remarkable striking captivating mesmerizing great",
    # quality words that are put behind prompts
    "quality detailed highly masterpiece hd uhd hdr 4k 8k 16k resolution ultra hyper best intricate "
    "detail details professional award winning trending artstation sharp crisp",
    "unchanged unmoving motionless same cinematic ultrarealistic jetzt nun immer noch wieder schön "
    "schöne schöner maintenant",
    "toujours encore ahora todavía hermoso hermosa bella",
    # what the text is, instead of what it shows
    "image picture scene view shot frame photo showing shows depicting depicts featuring depicted shown",
)

SPELLINGS: Final = dict(
    pair.split(":")
    for pair in (
        "colour:color coloured:colored colours:colors grey:gray large:big ocean:sea woods:forest "
        "photograph:photo enormous:huge gigantic:huge giant:huge rock:stone stare:look gaze:look "
        "leap:jump stroll:walk seated:sit asleep:sleep kid:child kids:children begin:start "
        "automobile:car middle:center little:small couch:sofa bike:bicycle centre:center upon:on "
        "onto:on towards:toward alongside:beside 2:two 3:three 4:four 5:five 6:six 7:seven 8:eight "
        "9:nine 10:ten 1:one mid:center sat:sit stood:stand slept:sleep ran:run swam:swim flew:fly "
        "held:hold wore:wear ate:eat drank:drink rode:ride drove:drive sang:sing walked:walk "
        "jumped:jump climbed:climb danced:dance floated:float galloped:gallop looked:look rested:rest "
        "sailed:sail smiled:smile waited:wait stared:look hovered:hover leaped:jump leapt:jump"
    ).split()
)
"""Two ways to say one thing."""

NUMBERS: Final = _words("two three four five six seven eight nine ten eleven twelve dozen hundred thousand")

VERBS: Final = _words(
    "appear applaud approach argue arrange arrive ascend ask assemble bake bark bask bathe become bend",
    "blaze blink bloom blossom blow boil bounce break breathe brighten bring brush build burn burrow",
    "burst buzz canter capture carry carve catch celebrate chase cheer chew chirp chop chuckle clap climb",
    "cling collapse come compose conduct construct crash crawl creep cross crouch crumble cry cuddle curl",
    "dance dangle darken demolish depart descend destroy devour dig dip disappear discover dismantle",
    "dissolve dive doze drag draw drift drink drip drive eat embrace emerge enter erupt evaporate examine",
    "exhale expand explode explore extend extinguish fade fall feed fight fill find flap flee flicker",
    "float flow flutter fly fold follow freeze frown fry gallop gather gaze get giggle give gleam glide",
    "glint glisten glitter glow gnaw go grab grate graze greet grin grow gulp gush hang harden hatch hear",
    "hide hiss hold hop hover howl huddle hug hunt hurl ignite illuminate inhale inspect jog juggle jump",
    "kick knead kneel knit laugh launch lay lead leak lean leap lick lie lift limp listen load look loom",
    "lose lounge lower lurk march meditate melt meow migrate move munch nap negotiate nibble nod observe",
    "open orbit overflow pack paddle paint pass pause peck peek peel peer perch perform pick pluck",
    "plummet plunge pounce pour pout prance pray preen prowl pull push put quiver raise reach read",
    "recline relax release repair rest reveal ride rinse rip rise roam roar roast roll roost rot rotate",
    "run rust sail salute say scamper scowl scratch scream scrub sculpt search see seek serve set sew",
    "shake shatter shimmer shine shiver shout shrink sigh sing sink sip sit skate sketch skip sleep",
    "slither smell smile smoke smolder sneak sneeze sniff snooze soak soar sob sparkle speak spill spin",
    "splash splinter sprawl spread sprint squat stalk stand stare stay steer stir stretch stroll strum",
    "strut surround sway sweep swell swim swoop take talk teach tear thaw throw tie tiptoe toss travel",
    "tremble trickle trot tug tumble turn twinkle twist uncover unfold unload unpack unroll untie unveil",
    "unwrap vanish vibrate view visit wade wag wait wake walk wander wash wear weep weld whisper wilt",
    "wink wither wobble work wrap wrestle write yawn",
)
"""Verbs whose -s and -ing forms say the same in a still picture, and are seldom nouns."""

NOT_VERBS: Final = _words(
    "morning evening building ceiling king ring thing string spring wing swing nothing something anything",
    "everything clothing painting drawing lightning wedding darling duckling sibling sapling earring",
    "herring awning railing viking outing bring sing during offspring pudding dumpling seedling",
)
"""Words in -ing that are no forms of verbs here."""

# --- empty -------------------------------------------------------------------------------------------------

PLACEHOLDERS: Final = frozenset(
    (
        "n a|na|none|null|nil|nan|undefined|string|str|text|prompt|todo|tbd|tba|fixme|"
        "placeholder|description|image description|frame description|frame prompt|image prompt|"
        "scene description|prompt here|description here|text here|your prompt|your prompt here|"
        "insert prompt|insert prompt here|insert description here|empty|blank|untitled|example|"
        "etc|and so on|xxx|xx|x|foo|bar|foo bar|test|value|unknown|not applicable|"
        "not available|to be determined|to be done|to do|to be added|to be written|coming soon|"
        "no content|no description|no prompt|content|caption|title|true|false|prompt text|image|"
        "frame|picture|scene|a description|a prompt|no image|nothing|no text|and|or|more|"
        "fill in|fill me in|frames|prompts"
    ).split("|")
)
"""Whole answers that describe nothing."""

UNFILLED: Final = _words(
    "prompt prompts frame frames image picture scene description desc text string str insert here your",
    "number the of a an for this visual content details detail subject subjects setting action style goes",
    "title caption placeholder name add write describe fill in n i x k idx index adjective noun verb",
    "color colour object place location time background foreground camera 1 2 3 4 5 6 7 8 9 0 10 11 12",
    "template variable value what happens shows shown input output character main story movement pose",
    "light lighting weather mood to be todo",
)
"""Words of a template; between <>, {}, [] and with nothing else they are a place left unfilled."""

# --- other frames ------------------------------------------------------------------------------------------

LABELS: Final = (
    "frame|scene|image|picture|shot|panel|foto|plan|plano|toma|klatka|abbildung|vignette|prompt|slide|"
    "photo|step|part|keyframe|key frame|cut|figure|fig|"
    "img|pic|segment|clip|bild|szene|einzelbild|imagen|escena|cuadro|fotograma|cadre|scène|immagine|"
    "scena|fotogramma|"
    "imagem|cena|quadro|beeld|кадр|сцена|画面|场景|第|帧|フレーム|シーン|장면|프레임"
)

ATTRIBUTES: Final = _words(
    "size height length width age shape kind type sort breed species distance level color colour colours",
    "colors material pattern weight time direction way speed rhythm pace style fabric thickness depth",
    "shade hue make model brand family team tone design thing",
)
"""What things within one picture can have the same of."""

PLACES: Final = _words(
    "angle background bay beach bedroom camera campsite castle cave city clearing corner desert dock",
    "environment farm field forest framing garden harbor harbour hill hillside house island kitchen lake",
    "landscape lighting location lane market meadow mountain mountains night ocean park path perspective",
    "place plaza point pond position pose river road room scene scenery sea setting shore sky spot square",
    "street style town valley view viewpoint village woods yard courtyard afternoon morning evening day",
    "composition shot frame image picture backdrop pier bridge rooftop alley cafe library office",
    "classroom stage station",
)
"""Where a picture takes place: "in the same kitchen" tells of another picture, whoever is in it."""

SEVERAL: Final = NUMBERS | _words(
    "both twins pair couple several many all identical each every brothers sisters siblings friends group",
    "row children kids people men women birds dogs cats trees houses boats flowers share shares sharing",
    "wearing",
)
"""Words that make several things of one picture, which can share something."""

PATHS: Final = _words(
    "text queue procession dunes rope chain line stripe crack desert landscape fields",
    "road path trail river stream street wall fence line track tracks staircase stairs corridor tunnel",
    "bridge hallway row footprints lane highway coast coastline shore border pattern ridge railway rails",
    "canal",
)
"""What continues within one picture."""

WEATHER: Final = _words(
    "time year clock quiet calm monday tuesday wednesday thursday friday saturday sunday lunchtime",
    "raining snowing dark bright night day daytime nighttime morning evening autumn fall winter spring",
    "summer late early cold hot warm cool windy foggy misty sunny cloudy stormy drizzling pouring hailing",
    "dawn dusk noon midnight midday christmas halloween rains snows pours drizzles hails thunders",
    "storming overcast freezing sunset sunrise twilight rained snowed lightning thundering humid clear",
    "rainy snowy dim light sleeting",
)
"""After "it", these need nothing that "it" refers to."""

BEINGS: Final = _words(
    "man woman boy girl child kid baby person people men women children kids babies lady gentleman guy",
    "figure someone somebody everyone anyone animal creature beast bird couple family crowd friend",
    "friends team group",
)

ANIMATE: Final = BEINGS | _words(
    "actor alien angel ant artist astronaut bear bee bride boxer butterfly calf camel captain cat",
    "caterpillar chef chick chicken clown corgi cow cowboy crab crow dancer deer detective doctor dog",
    "dolphin donkey dragon duck duckling eagle elephant elf explorer fairy farmer father firefighter",
    "fisherman fish flamingo fox frog ghost giant giraffe goat goose grandfather grandmother groom",
    "hamster hare hedgehog hen hero heron hiker horse hound husband infant jellyfish kangaroo king kitten",
    "knight koala ladybug lamb lion lizard mermaid monk monkey monster mother mouse musician nurse",
    "octopus old otter owl owner painter panda parrot peacock penguin pig pigeon pirate polar pony prince",
    "princess puppy queen rabbit raccoon rat raven robot rooster runner sailor salmon samurai scientist",
    "seal shark sheep shepherd sister brother skater snail snake soldier son daughter sparrow spider",
    "squirrel stork surfer swan teacher tiger toddler tortoise traveler traveller turtle unicorn",
    "violinist warrior whale wife witch wizard wolf worm zebra player student pilot driver cyclist baker",
    "potter snowman scarecrow statue doll toy bunny crane dinosaur mole beaver moose elk bull ox parent",
    "parents",
)
"""Whom "he" and "she" can mean."""

# --- subjects ----------------------------------------------------------------------------------------------

COLLECTIONS: Final = _words(
    "pair group flock bunch herd crowd couple team family swarm school pile row cup glass bottle piece",
    "slice pack bowl bouquet set field cluster line handful dozen kind sort heap stack basket fleet",
    "colony trio band",
)
"""In "a flock of birds" the birds name it as well as the flock."""

GENERIC: Final = _words(
    "animal creature beast figure thing object vehicle machine being critter subject protagonist",
    "character",
)
"""Words that stand in for a subject without naming it."""

HIDDEN: Final = _words(
    "empty hidden hides hiding behind inside gone vanished disappears disappeared disappearing leaves",
    "left absent nobody nothing invisible without deserted abandoned alone closed unseen obscured",
    "concealed swallowed covered footprints tracks trail shadow silhouette",
)
"""Signs that a subject is out of sight on purpose."""

KINDS: Final = tuple(
    _words(group)
    for group in (
        "dog puppy pup corgi hound retriever terrier poodle dachshund beagle husky collie labrador canine "
        "doggy dalmatian bulldog shepherd spaniel mutt greyhound chihuahua",
        "cat kitten kitty tabby feline tomcat siamese",
        "horse pony stallion mare foal colt mustang",
        "bird sparrow robin eagle hawk owl crow raven gull seagull pigeon dove parrot swan duck goose "
        "heron stork crane finch bluebird chick",
        "boat sailboat ship sailing vessel yacht rowboat canoe dinghy ferry",
        "car automobile sedan taxi cab convertible truck van vehicle",
        "man guy gentleman fisherman farmer traveler traveller hiker wanderer knight king sailor monk old "
        "wizard grandfather father him",
        "woman lady girl princess queen dancer mother bride grandmother",
        "girl child kid toddler daughter sister schoolgirl woman",
        "boy child kid toddler son brother lad schoolboy man",
        "child kid boy girl toddler baby infant",
        "fish goldfish koi salmon trout",
        "rabbit bunny hare",
        "flower rose tulip sunflower daisy lily blossom bloom bud poppy",
        "tree oak pine birch maple willow sapling seedling sprout",
        "seed sprout seedling sapling plant tree flower bud",
        "caterpillar cocoon chrysalis pupa butterfly moth",
        "egg chick hen chicken bird hatchling duckling",
        "tadpole frog froglet",
        "cow calf bull ox",
        "sheep lamb ram ewe",
        "pig piglet boar hog",
        "duck duckling mallard",
        "plane airplane aeroplane aircraft jet biplane",
        "bicycle bike cyclist",
        "train locomotive engine",
        "robot android machine",
        "house cottage cabin home hut",
        "bear cub grizzly panda",
        "wolf werewolf cub",
        "lion lioness cub",
        "ice icicle puddle water",
        "snowman puddle snow",
        "candle flame wax",
    )
)
"""Words that may mean one subject, or what it turns into."""
