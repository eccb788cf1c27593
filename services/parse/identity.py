"""Identity: kind, fiscal year, unit, scope and region, from what the document says of itself."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from services.parse.headings import heading_level
from services.parse.lines import Line
from services.parse.recognition import Recognised
from shared.amounts import fold
from shared.document import Kind, Paragraph, Scope, Table

_YEAR = re.compile(r"(20[0-4]\d)年")
_SAYS_UNIT = re.compile(
    r"(?:此次|本次)?(?:决算|预算)公开为单位|公开为单位(?:决算|预算)|[二三]级预算单位(?:决算|预算|。|,|，)|为[二三]级预算单位|(?:属于|系).{0,12}[二三]级预算单位"
)
_SAYS_DEPARTMENT = re.compile(
    r"(?:决算|预算)公开为部门|公开为部门(?:决算|预算)|一级预算单位|包括(?:部门|局|委|办|厅)?本级(?:及|和|、)|含(?:部门)?本级"
)
_SUMMED = re.compile(r"[(](?:汇总|部门)[)]$")
_NAME_TAIL = re.compile(
    r"(?:[(](?:汇总|本级|部门|本部|机关)[)])?(?:关于)?(?:20\d\d年?(?:度)?)(?:区级|市级|省级|县级)?(?:部门|单位|预算单位)?(?:综合)?(?:决算|预算)"
)
_COVER_UNIT = re.compile(r"^(?:预算)?(?:主管部门|部门|单位|预算单位|编制单位|填报单位)(?:名称)?[:：](.+)$")
_REGION = re.compile(
    r"^(?:[^省市区县旗盟]{2,7}(?:省|自治区|特别行政区))?(?:[^省市区县旗盟]{1,7}(?:市|自治州|地区|盟))?"
    r"(?:(?!城市|都市|超市|社区|园区|景区|校区|开发区)[^省市区县旗盟]{1,8}(?:新区|区|县|旗|市))?"
)
_TITLE_LINES = 4
_LONGEST_TITLE = 40
_ASIDE = re.compile(r"[。：:]|^目录$")


class Identity(NamedTuple):
    """Who, what year, what kind."""

    kind: Kind = "unknown"
    fiscal_year: int | None = None
    unit_name: str | None = None
    scope: Scope = "unknown"
    region: str | None = None
    title: str | None = None


def identity_of(
    cover: Sequence[Line], paragraphs: Sequence[Paragraph], tables: Sequence[Table], found: Sequence[Recognised]
) -> Identity:
    """Read the identity off the cover, the tables' captions and the text; the text decides the scope."""
    title = _title(cover)
    text = [fold(p.text) for p in paragraphs]
    kind = _kind(title, found, text)
    name = _name(cover, title, tables)
    return Identity(
        kind=kind,
        fiscal_year=_year(title, tables, text, kind),
        unit_name=name,
        scope=_scope(title, name, text),
        region=_region(name),
        title=title or None,
    )


def _title(cover: Sequence[Line]) -> str:
    """The lines of the first page's largest type, joined, or the first that name 决算 or 预算."""
    lines = [line for line in cover if not re.match(r"^目录$", fold(line.text))]
    if not lines:
        return ""
    largest = max(line.size for line in lines)
    big = [line for line in lines if line.size > 0.8 * largest][:_TITLE_LINES]
    title = "".join(line.text.strip() for line in itertools.takewhile(_may_be_title, big))
    if re.search("决算|预算", title):
        return title
    naming = [line.text.strip() for line in lines[:12] if re.search("决算|预算", fold(line.text))]
    return naming[0] if naming else title


def _may_be_title(line: Line) -> bool:
    text = fold(line.text)
    return heading_level(text) is None and len(text) <= _LONGEST_TITLE and not _ASIDE.search(text)


def _kind(title: str, found: Sequence[Recognised], text: Sequence[str]) -> Kind:
    counted = Counter(one.kind for one in found if one.kind != "unknown")
    if counted:
        return counted.most_common(1)[0][0]
    for words in (fold(title), "".join(text[:30])):
        final, budget = words.count("决算"), words.count("预算")
        if final or budget:
            return "final_accounts" if final >= budget else "budget"
    return "unknown"


def _year(title: str, tables: Sequence[Table], text: Sequence[str], kind: Kind) -> int | None:
    if years := _YEAR.findall(fold(title)):
        return int(years[0])
    printed = Counter(table.fiscal_year for table in tables if table.fiscal_year)
    if printed:
        return printed.most_common(1)[0][0]
    word = "预算" if kind == "budget" else "决算"
    near = re.compile(rf"(20[0-4]\d)年度?[^。]{{0,16}}{word}")
    mentioned = Counter(int(year) for paragraph in text for year in near.findall(paragraph))
    return mentioned.most_common(1)[0][0] if mentioned else None


def _name(cover: Sequence[Line], title: str, tables: Sequence[Table]) -> str | None:
    """The unit: as most tables print it, else 部门：… on the cover, else what stands before the year in the title."""
    printed = Counter(table.unit_name for table in tables if table.unit_name)
    bare = title.replace(" ", "").replace("（", "(").replace("）", ")")  # same length as printed without spaces
    candidate = None
    if tail := _NAME_TAIL.search(bare):
        candidate = title.replace(" ", "")[: tail.start()] or None
        if candidate is None and (rest := re.match(r"^20\d\d年度?(.+?)(?:部门|单位)?(?:决算|预算)", bare)):
            candidate = rest.group(1)
    for line in cover:
        if found := _COVER_UNIT.match(line.text.replace(" ", "")):
            return found.group(1)
    if printed:
        return printed.most_common(1)[0][0]
    return candidate


def _scope(title: str, name: str | None, text: Sequence[str]) -> Scope:
    says_unit = any(_SAYS_UNIT.search(p) for p in text)
    says_department = any(_SAYS_DEPARTMENT.search(p) for p in text)
    if says_unit != says_department:
        return "unit" if says_unit else "department"
    folded = fold(title) + (name or "")
    if re.search(r"单位(?:决算|预算)|预算单位|[(]本级[)]|本级", folded):
        return "unit"
    if re.search(r"部门|[(]汇总[)]", folded):
        return "department"
    return "unknown"


def _region(name: str | None) -> str | None:
    """The administrative names that a unit's name begins with: 某某市某某区."""
    if not name:
        return None
    found = _REGION.match(name)
    region = found.group(0) if found else ""
    return region if region and region != name else None
