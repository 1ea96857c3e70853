"""Short forms and nicknames of given names."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from custhub.matching.arrays import Bools, Codes, Frequencies, Ints, code_points, hash_texts, looked_up

_GROUPS = """
robert rob bob bobby robbie bert|william will bill billy willie willy liam|richard dick rick ricky rich richie|john jack johnny jon
james jim jimmy jamie jem|margaret peggy maggie meg marge margie greta peg|elizabeth liz lizzie beth betty eliza bess elsie libby lisa
katherine catherine kate katie kathy cathy kitty kathleen kathryn catharine kay|michael mike mick mickey micky mitch
thomas tom tommy thom|charles charlie chuck chas chick|joseph joe joey jo|patricia pat patty trish tricia patsy
jennifer jen jenny jenna|christopher chris kit christoph kris topher|daniel dan danny|matthew matt matty mat|anthony tony ant antony
steven stephen steve stevie stefan|andrew andy drew andreas andre|edward ed eddie ted ned teddy eddy|rebecca becky becca bec
deborah debbie deb debra|susan sue susie suzy susanne suzanne susanna|barbara barb babs barbie|samuel sam sammy|samantha sam sammie
benjamin ben benny benji|nicholas nick nicky nico nicolas niklas klaus|alexander alex al sandy xander sascha alec aleksandr lex
alexandra alex sandra lexi alexa|timothy tim timmy|ronald ron ronnie|kenneth ken kenny|donald don donnie|victoria vicky vicki tori vic
jessica jess jessie|francis frank frankie francois|frances fran fanny frankie|henry harry hank hal henri heinrich|harold harry hal
frederick fred freddy freddie fritz friedrich frederic|george georgie georg jorge|arthur art artie|albert al bert bertie albrecht
alfred alf alfie fred|walter walt wally|philip phil phillip pip|peter pete petr pieter|lawrence larry laurence lars lorenz
gerald gerry jerry gerard|jeremiah jerry jeremy|raymond ray|leonard len lenny leo|david dave davy|douglas doug|gregory greg
jeffrey jeff geoffrey geoff|joshua josh|jonathan jon jonny nathan|nathaniel nat nate nathan|zachary zach zack|jacob jake jakob
eugene gene|theodore ted teddy theo|abraham abe|isaac ike|vincent vince vinny|martin marty|stanley stan|clifford cliff|herbert herb bert
bernard bernie barney|dorothy dot dottie dolly|eleanor ellie nell nora ellen elena|helen nell nellie ellen lena|florence flo flossie
mary molly polly marie maria mae mamie|martha patty marty|ann anne annie anna nancy nan hannah|sarah sally sadie sara|abigail abby gail
amanda mandy|cynthia cindy|caroline carrie carol carolyn|christine chris tina chrissy christina kristin kirsten kristina|judith judy jude
jacqueline jackie|kimberly kim|pamela pam|sandra sandy|theresa terry tess teresa tessa|virginia ginny ginger|valerie val|veronica ronnie vera
wilhelmina mina minnie|winifred winnie freddie|josephine jo josie|isabella bella izzy isabel isabelle|gabriel gabe|gabrielle gabby
johann hans johannes jan|josef sepp|antonio toni tonio|giuseppe beppe pino|francisco paco pancho|jose pepe|guillermo memo|enrique quique
ignacio nacho|manuel manny manolo|mohammed mohamed muhammad mohammad mehmet mhd md|yusuf yousef joseph|ibrahim abraham ebrahim
dmitri dima mitya|ivan vanya|mikhail misha|nikolai kolya|tatiana tanya|ekaterina katya|anastasia nastya nastassia|maximilian max maxim
sebastian seb basti|dominic dom|leslie les|augustus gus august|oliver ollie|oscar ossie|patrick pat paddy|roderick rod roddy|rosemary rose rosie
howard howie ward|edgar ed eddie|edmund ed eddie ned ted|edwin ed eddie|morris morrie maurice moe|louis lou louie luis ludwig luigi lewis
russell russ rusty|norman norm|mitchell mitch|wesley wes|curtis curt kurt|cornelius neil corny|franklin frank|chester chet|emanuel manny
stuart stu stewart|sidney sid sydney|gilbert gil bert|robin rob|nigel nige|graham graeme|trevor trev|desmond des|terence terry terrence|kevin kev
claire clara clare|jane jenny janet janie|joan joanie joanna jo joanne|julia julie jules giulia juliana|lillian lily lil lilian|louise lou lulu luisa
lucy lucia lucinda luz|mildred millie milly|natalie nat natasha natalia|pauline paula polly|penelope penny|phyllis phyl|rachel rae raquel|roberta bobbie robbie
shirley shirl|suzanne susanna susana|tabitha tabby|ursula ulla uschi|vivian viv vivien|wendy gwen gwendolyn|yvonne eve evonne|eva eve evelyn evie
beatrice bea trixie beatrix|bridget biddy bridie brigitte gitte|charlotte lottie charlie lotte|constance connie|emily emma millie em|esther hester essie
georgina georgie gina georgia|gertrude gert trudy|harriet hattie harry|jean jeanne jeannie jeanette|jill gillian gill|kirstin kirsty|lorraine lori laura lauren
madeleine maddie maddy madeline magdalena lena|marian marion mary|marilyn mary lynn|melissa missy mel lissa|melanie mel|michelle shelly micki michele michaela
miriam mimi mary|angela angie angelika|annabel annabelle anabella anabel bella|antonia toni tonia|agnes aggie agnieszka ines|adelaide addie heidi adelheid
juan johannes john ivan giovanni jean jan johan|pablo paul paolo pavel paulus|pedro peter pietro pierre petr piotr|luis lucho|rafael rafa raphael raffaele|javier xavier javi
eduardo edward lalo edu eduard|alejandro alexander alex alejo alessandro|ricardo richard riccardo rick|roberto robert beto|alberto albert beto|fernando fer nando
miguel michael michel michele mikael michal mihai|carlos karl charles carlo karel|jesus chucho chuy|dolores lola|guadalupe lupe lupita|mercedes merche|rosario charo
mariana maria|teresa tere maite|isabel chabela elisabeth|concepcion concha conchita|consuelo chelo|pilar pili|margarita rita marga margaret margarete gretel
wilhelm willi william helmut|friedrich fritz frederick|heinrich heinz henry|katharina kathi kaethe catherine katja|elisabeth elise lisa liesel lieselotte elsa ilse|hildegard hilde
gottfried godfrey|ludwig lutz louis|matthias hias matthew mathias matias matteo|sebastian wastl bastian|theresia resi theresa|ulrich uli ulli|walburga burgi|wolfgang wolf wolfi
jean-pierre jp|guillaume william guy|jacques james jack jakob|francois francis franz frantisek|etienne stephen steven stefan stephane esteban stefano|philippe philip felipe filippo
yekaterina katerina catherine|aleksandr sasha shura alexander oleksandr aliaksandr|aleksei alexey alyosha alexei|andrei andrey andrew andriy|dmitry dima dmitri dmytro
sergei sergey serge sergio serhiy|vladimir volodya vova wladimir volodymyr|yevgeny evgeny zhenya eugene yevgeni|yuri jurij george yury|pyotr petya peter|pavel pasha paul
natalya natasha natalia nataliya|yelena lena elena helen olena|olga olya helga|svetlana sveta|tatyana tanya tatiana tetiana|mariya masha maria|anastasiya nastya anastasia nastassia
mohamad muhammed mohammad muhammad mohamed mohammed muhamed mohd mhd md|ahmad ahmed ahmet|husain hussein hossein huseyin husein|hasan hassan hasen|abdul abdel abd abdullah abdallah
omar umar omer|yousef yusuf joseph youssef yosef|khaled khalid halit|said saeed sayed syed sayyid|karim kareem kerim|fatima fatma fatemeh fatimah|aisha ayesha aysha ayse|zainab zeynep zaynab
ali aly|mustafa mostafa moustafa|salah saleh salih|tariq tarek tarik|hamid hameed hamed|rashid rasheed|jamal gamal cemal|suleiman sulaiman soliman suleyman solomon
sanjay sanju|rajesh raj raju|rajendra raj rajen|krishna kishan krish|lakshmi laxmi|vijay vijai|srinivas sreenivas|subramaniam subramanian subbu|venkatesh venkat|sunil suneel
isaac ike izzy|moses moshe moe|samuel shmuel|david dovid davide dawid|abraham avi avraham|jacob yaakov yakov|sarah sara sarai sarit|hannah chana hana|rebecca rivka|joseph yosef
"""


_LISTED = [names.split() for row in _GROUPS.split("\n") for names in row.split("|")]
_MOST_GROUPS = 4


def known_names() -> list[str]:
    """Every name of the table."""
    return [name for names in _LISTED for name in names]


def _ended(names: pl.Series) -> pl.Series:
    """With one ending for Peggy, Peggie and Peggi."""
    return names.str.replace(r"^(.{3,})(?:ie|ey|ee|i)$", "${1}y")


@cache
def _table() -> tuple[dict[int, int], npt.NDArray[np.int16]]:
    """The place of each name (by hash), and by place the groups that it is in; the last place is that of no name."""
    groups: dict[str, list[int]] = {}
    for name, number in zip(
        _ended(pl.Series(known_names())), (n for n, g in enumerate(_LISTED) for _ in g), strict=True
    ):
        if number not in groups.setdefault(name, []):
            groups[name].append(number)
    out = np.full((len(groups) + 1, _MOST_GROUPS), -1, dtype=np.int16)
    for place, numbers in enumerate(groups.values()):
        chosen = sorted(numbers)[:_MOST_GROUPS]
        out[place, : len(chosen)] = chosen
    hashes = hash_texts(pl.Series(list(groups))).tolist()
    return Frequencies(zip(hashes, range(len(groups)), strict=True)), out


def groups_of(names: pl.Series) -> npt.NDArray[np.int16]:
    """For each name the numbers of the groups that its first word is in, -1 beyond."""
    places, groups = _table()
    first = names.str.extract("^([^ ]*)")
    found: npt.NDArray[np.int16] = groups[looked_up(places, hash_texts(_ended(first)), -1)]
    return found


@cache
def _initials() -> Ints:
    """By group, the letters that its names begin with, as bits; the last is that of no group."""
    return np.array([sum({1 << (ord(name[0]) - 97) for name in names}) for names in _LISTED] + [0], dtype=np.int64)


def initials_of(names: pl.Series, groups: npt.NDArray[np.int16]) -> Ints:
    """For each name the letters that it or one of its short forms begins with, as bits: Robert may be a B."""
    points, lengths = code_points(names.str.slice(0, 1))
    own = np.zeros(len(lengths), dtype=np.int64)
    letters = points - ord("a")
    own[lengths > 0] = np.where((letters >= 0) & (letters < 26), 1 << np.clip(letters, 0, 25), 0)
    out: Ints = np.bitwise_or.reduce(_initials()[groups], axis=1) | own
    return out


def share_group(groups: npt.NDArray[np.int16], left: Codes, right: Codes) -> Bools:
    """Whether two names are in one group."""
    listed = groups[:, 0] >= 0
    at = np.flatnonzero(listed[left] & listed[right])
    a, b = groups[left[at]], groups[right[at]]
    out = np.zeros(len(left), dtype=bool)
    for i in range(_MOST_GROUPS):
        for j in range(_MOST_GROUPS):
            out[at] |= (a[:, i] == b[:, j]) & (a[:, i] >= 0)
    return out
