"""Short forms and nicknames of given names."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from custhub.matching.arrays import Bools, Codes, Ints

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


@cache
def _readings() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, names in enumerate(line for row in _GROUPS.split("\n") for line in row.split("|")):
        for name in names.split():
            table.setdefault(_ended(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


def _ended(name: str) -> str:
    """With one ending for Peggy, Peggie and Peggi."""
    for ending in ("ie", "ey", "ee", "i"):
        if name.endswith(ending) and len(name) > len(ending) + 2:
            return name[: -len(ending)] + "y"
    return name


def known_names() -> list[str]:
    """Every name of the table."""
    return [name for row in _GROUPS.split("\n") for name in row.replace("|", " ").split()]


_MOST_GROUPS = 4


def groups_of(names: list[str]) -> npt.NDArray[np.int16]:
    """For each name the numbers of the groups that its first word is in, -1 beyond."""
    readings = _readings()
    out = np.full((len(names), _MOST_GROUPS), -1, dtype=np.int16)
    for place, name in enumerate(names):
        groups = readings.get(_ended(name.partition(" ")[0]))
        if groups:
            chosen = sorted(groups)[:_MOST_GROUPS]
            out[place, : len(chosen)] = chosen
    return out


@cache
def _initials() -> list[int]:
    """By group, the letters that its names begin with, as bits."""
    groups = [names.split() for row in _GROUPS.split("\n") for names in row.split("|")]
    return [sum({1 << (ord(name[0]) - 97) for name in names}) for names in groups]


def initials_of(names: list[str], groups: npt.NDArray[np.int16]) -> Ints:
    """For each name the letters that it or one of its short forms begins with, as bits: Robert may be a B."""
    letters = np.array([*_initials(), 0], dtype=np.int64)
    own = [1 << (ord(name[0]) - 97) if name and "a" <= name[0] <= "z" else 0 for name in names]
    out: Ints = np.bitwise_or.reduce(letters[groups], axis=1) | np.array(own, dtype=np.int64)
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
