"""What a page says happens to other notices: suspended, ended, replaced, amended, resumed.

Here: verbs, the notices they govern, and the dates of the sentence. An action is emitted only
with a named target and a date; hearsay, questions, history and what others ask for are left
out. Not here: a notice's own start (`clauses.py`), foreign measures (`foreign.py`), any state.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tradeflow.policy.clauses import ON_PUBLICATION, Clause
from tradeflow.policy.identity import Identity
from tradeflow.policy.keys import Reference, find_references, with_clauses
from tradeflow.policy.numbers import NUMERAL
from tradeflow.policy.page import Article, Span
from tradeflow.policy.terms import start_date, term_end, until_date

_VERBS = (
    ("suspended", r"(?:继续)?(?:予以)?暂停(?:实施|执行|适用|施行)?|中止(?:实施|执行)"),
    ("resumed", r"恢复(?:实施|执行|适用)"),
    ("replaced", r"(?:予以|同时|即行)?废止|(?:予以|由其)?(?:替代|代替|取代)"),
    ("ended", r"停止(?:实施|执行|适用)?|终止(?:实施|执行)?|不再(?:实施|执行|适用)|取消|解除|撤销"),
    ("amended", r"修订|修改|调整(?:发布|为)?"),
)
_VERB = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _VERBS))
_NOT_DECIDED = re.compile(
    r"是否|将视|视情|如果|若美|呼吁|敦促|要求(?:美方|对方|欧方|日方)|考虑|研究|可能|不会|不得|未|拟|建议|希望|据报道|传闻|有报道|有媒体"
)
_HISTORY = re.compile(r"此前|曾|已于|已经|早在|原定|业已|当时|[当今去]年|历史上|自动失效")
_QUESTION = re.compile(
    r"^\s*(?:问|记者问|记者|有记者问|提问)\s*[::]|(?:记者|媒体)问[::]|[??]\s*[”]?$"
)
_FOREIGN_ACTOR = re.compile(
    r"(?:美方|美国(?:商务部|财政部|政府|贸易代表办公室)?|美商务部|欧方|欧盟(?:委员会)?|荷方|荷兰(?:政府|经济部)?|日方|日本(?:政府|经产省)?|英方|英国政府)"
    r"[^。;]{0,30}?$"
)
_OWN_ACTOR = re.compile(r"中方|中国|我国|商务部|国务院|海关总署|不可靠实体清单工作机制|本公告|我部")
_QUOTED = re.compile(r"[“\"「][^”\"」]*[”\"」]|《[^》]*》")
_PUBLICATION = re.compile(ON_PUBLICATION)
_CLOSES = re.compile(rf"\s*(?:[,;:。)]|$|至|到|期|为期|{NUMERAL}\s*(?:年|天|日|个月))")
_DECREE_HISTORY = re.compile(r"^\s*\(.*(?:公布|发布|修订|通过).*\)\s*$")
_LIST_FOLLOWS = re.compile(r"[::]\s*$")
_NUMBERED = re.compile(r"^\s*(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、])")
_GOES_ON = re.compile(r"^\s*(?:上述|以上|前述|该|此次|本次)?(?:暂停|停止|期限|措施|期间)")


@dataclass(frozen=True)
class Action:
    """One event that a page states for a notice or a clause of it."""

    verb: str
    target_key: str
    target_clause: str
    event_date: date
    until_date: date | None
    quote: str
    rule_id: str
    confidence: float


@dataclass(frozen=True)
class _Scope:
    text: str
    verb: re.Match[str]
    verbs: list[re.Match[str]]
    tail: str

    @property
    def part(self) -> str:
        """From the verb to the next one: what is said of this verb's targets."""
        later = [v.start() for v in self.verbs if v.start() > self.verb.start()]
        return self.text[self.verb.start() : min(later, default=len(self.text))]

    @property
    def lead(self) -> str:
        """The words of the same part of the sentence before the verb."""
        return re.split(r"[,;。]", self.text[: self.verb.start()])[-1]


@dataclass(frozen=True)
class _When:
    start: date | None
    until: date | None
    rule: str
    confidence: float


def read_actions(article: Article, identity: Identity, own: list[Clause]) -> list[Action]:
    """Read what the page does to notices other than itself.

    Args:
        article: the page.
        identity: the notice the page is, if it is one.
        own: the page's own clauses; 同时废止 takes their date.

    Returns:
        One row a target and event, in order of the text, without repetitions. A term counted
        from its start (暂停一年) has its last day computed and the rule id says so.
    """
    found: dict[tuple[str, str, str, date], Action] = {}
    for unit, tail in _units(article):
        for action in _actions(article, identity, own, unit, tail):
            known = (action.verb, action.target_key, action.target_clause, action.event_date)
            previous = found.get(known)
            if previous is None or (previous.until_date is None and action.until_date is not None):
                found[known] = action
    return list(found.values())


def _units(article: Article) -> Iterator[tuple[Span, str]]:
    """Sentences, an opening one (…如下：) together with its list, each with the sentence after."""
    sentences = article.sentences
    place = 0
    while place < len(sentences):
        first = last = sentences[place]
        if _LIST_FOLLOWS.search(first.text) and _VERB.search(first.text):
            while place + 1 < len(sentences) and _NUMBERED.match(sentences[place + 1].text):
                place += 1
                last = sentences[place]
        place += 1
        tail = sentences[place].text if place < len(sentences) else ""
        text = article.folded[first.start : last.end]
        yield Span(text, first.start), tail if _GOES_ON.match(tail) else ""


def _actions(
    article: Article, identity: Identity, own: list[Clause], unit: Span, tail: str
) -> Iterator[Action]:
    text = unit.text
    if _QUESTION.search(text) or _DECREE_HISTORY.match(text):
        return
    references = with_clauses(find_references(text), text)
    targets = [r for r in references if r.key != identity.key]
    verbs = [m for m in _VERB.finditer(text) if not _is_quoted(text, m)]
    for target in targets:
        verb = _governing(verbs, target, text)
        if verb is None or not _is_decided(text, verb):
            continue
        name = verb.lastgroup or ""
        if name == "replaced" and identity.key is None:
            name = "ended"
        if name == "amended" and identity.key is None:
            continue
        when = _when(article, identity, own, _Scope(text, verb, verbs, tail))
        if when.start is None:
            continue
        yield Action(
            verb=name,
            target_key=target.key,
            target_clause=target.clause,
            event_date=when.start,
            until_date=when.until if name == "suspended" else None,
            quote=article.quote(unit.start, unit.end),
            rule_id=f"action.{name}.{when.rule}",
            confidence=when.confidence if target.issuer_stated else when.confidence - 0.1,
        )


def _is_quoted(text: str, verb: re.Match[str]) -> bool:
    return any(q.start() < verb.start() < q.end() for q in _QUOTED.finditer(text))


def _governing(verbs: list[re.Match[str]], target: Reference, text: str) -> re.Match[str] | None:
    """The verb a target belongs to: the nearest before it, else the nearest after it.

    A verb that closes the target's own part of the sentence (…同时废止) wins over an earlier
    one that has an object of its own.
    """
    before = [v for v in verbs if v.end() <= target.start]
    behind = [v for v in verbs if v.start() >= target.end]
    closing = behind[0] if behind else None
    if closing is not None and not re.search(r"[,;。]", text[target.end : closing.start()]):
        if _CLOSES.match(text[closing.end() :]) or not before:
            return closing
    return before[-1] if before else closing


def _is_decided(text: str, verb: re.Match[str]) -> bool:
    """Whether the sentence says that China's authorities do it, not that it was, may or should be."""
    before = text[: verb.start()]
    statement = re.split(r"[;。]", before)[-1]
    if _HISTORY.search(statement) or _NOT_DECIDED.search(re.split(r"[,;。]", before)[-1]):
        return False
    foreign = max((m.start() for m in _FOREIGN_ACTOR.finditer(statement)), default=-1)
    own = max((m.start() for m in _OWN_ACTOR.finditer(statement)), default=-1)
    return foreign <= own or foreign < 0


def _when(article: Article, identity: Identity, own: list[Clause], scope: _Scope) -> _When:
    """The dates that hold for one verb, by the first rule that gives a start."""
    page_date = identity.issue_date or article.page_date
    start, year_stated = start_date(scope.text, scope.verb.start(), page_date)
    rule, confidence = "dated", 1.0 if year_stated else 0.8
    if start is None and scope.tail:
        start, year_stated = start_date(scope.tail, 0, page_date)
        confidence = 0.9
    if start is None and identity.key is not None:
        whole = next((c.effective_date for c in own if c.clause == ""), None)
        published = _PUBLICATION.search(scope.text) is not None
        start = identity.issue_date if published else whole
        rule, confidence = ("on_publication", 1.0) if published else ("own_start", 0.9)
    until = until_date(scope.part, page_date) or until_date(scope.text, page_date)
    until = until or until_date(scope.tail, page_date)
    if until is None and start is not None:
        until = term_end([scope.part, scope.lead], start)
        if until is not None:
            rule, confidence = f"{rule}_term", min(confidence, 0.9)
    if until is not None and start is not None and until < start:
        until = None
    return _When(start, until, rule, confidence)
