"""Short forms and nicknames of given names."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from custhub.matching.arrays import Bools, Codes

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
"""


@cache
def _readings() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, names in enumerate(line for row in _GROUPS.split("\n") for line in row.split("|")):
        for name in names.split():
            table.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in table.items()}


def known_names() -> list[str]:
    """Every name of the table."""
    return list(_readings())


_MOST_GROUPS = 4


def groups_of(names: list[str]) -> npt.NDArray[np.int16]:
    """For each name the numbers of the groups that its first word is in, -1 beyond."""
    readings = _readings()
    out = np.full((len(names), _MOST_GROUPS), -1, dtype=np.int16)
    for place, name in enumerate(names):
        groups = readings.get(name.partition(" ")[0])
        if groups:
            chosen = sorted(groups)[:_MOST_GROUPS]
            out[place, : len(chosen)] = chosen
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
