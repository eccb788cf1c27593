"""Everything that the narrative can say of a unit's accounts."""

from collections.abc import Mapping

from cli.samples.accounts import BASIC, FUNDS, OWN_INCOME, Accounts, Fen, Item, Use
from cli.samples.ledger import public_expense_columns
from cli.samples.narrative import Narrative, Statement
from cli.samples.performance import GENERAL, PROJECT_USE, evaluated_items
from cli.samples.quantities import count
from cli.samples.subjects import Subjects

INCOME_NAMES = {
    "superior_subsidy": "上级补助收入",
    "institutional": "事业收入",
    "operating": "经营收入",
    "affiliated": "附属单位上缴收入",
    "other": "其他收入",
}
USES: dict[str, tuple[str, tuple[Use, ...]]] = {
    "basic": ("基本支出", BASIC),
    "project": ("项目支出", ("project",)),
    "to_superior": ("上缴上级支出", ("to_superior",)),
    "operating": ("经营支出", ("operating",)),
    "to_affiliated": ("对附属单位补助支出", ("to_affiliated",)),
}
PUBLIC_EXPENSES = {
    "total": "“三公”经费",
    "going_abroad": "因公出国（境）费",
    "vehicles": "公务用车购置及运行维护费",
    "vehicle_purchase": "公务用车购置费",
    "vehicle_running": "公务用车运行维护费",
    "reception": "公务接待费",
    "meetings": "会议费",
    "training": "培训费",
}
VEHICLES = (
    "副部（省）级及以上领导用车", "主要负责人用车", "机要通信用车", "应急保障用车", "执法执勤用车",
    "特种专业技术用车", "离退休干部服务用车", "其他用车",
)  # fmt: skip


def narrate(accounts: Accounts, subjects: Subjects) -> Narrative:
    """Everything that can be said of these accounts."""
    narrative = Narrative()
    _totals(narrative, accounts)
    _composition(narrative, accounts)
    _appropriation(narrative, accounts, subjects)
    _basic(narrative, accounts, subjects)
    _public_expenses(narrative, accounts)
    _procurement(narrative, accounts)
    _assets_and_staff(narrative, accounts)
    _words(narrative, accounts)
    return narrative


def _totals(narrative: Narrative, accounts: Accounts) -> None:
    pairs = (
        ("total", accounts.grand_total, accounts.prior.grand_total, "收入总计、支出总计"),
        ("fiscal", accounts.fiscal_grand_total, accounts.prior.fiscal_grand_total, "财政拨款收入总计、支出总计"),
    )
    for scope, now, before, subject in pairs:
        narrative.amount(f"{scope}.amount", now, subject)
        narrative.change(scope, now, before, subject)


def _composition(narrative: Narrative, accounts: Accounts) -> None:
    income, spent = accounts.income, accounts.spent()
    narrative.amount("income.amount", income, "本年收入合计")
    narrative.amount("expenditure.amount", spent, "本年支出合计")
    sources = {"fiscal_appropriation": ("财政拨款收入", accounts.received(*FUNDS))} | {
        key: (INCOME_NAMES[key], accounts.received(key)) for key in OWN_INCOME
    }
    uses = {key: (name, accounts.spent(None, kinds)) for key, (name, kinds) in USES.items()}
    for scope, whole, base, parts in (
        ("income", income, "本年收入合计", sources),
        ("expenditure", spent, "本年支出合计", uses),
    ):
        narrative.lists[f"{scope}.parts"] = [f"{scope}.{key}" for key in parts]
        narrative.lists[f"{scope}.nonzero_parts"] = [f"{scope}.{key}" for key, (_, fen) in parts.items() if fen]
        for key, (name, fen) in parts.items():
            narrative.words[f"{scope}.{key}.name"] = name
            narrative.amount(f"{scope}.{key}.amount", fen, name)
            narrative.share(f"{scope}.{key}.share", fen, whole, name, base)


def _appropriation(narrative: Narrative, accounts: Accounts, subjects: Subjects) -> None:
    """The general public budget's expenditure: total, by class, and item by item with 年初预算."""
    fund = (FUNDS[0],)
    items = [item for item in accounts.items if item.spending(fund)]
    spent = accounts.spent(fund)
    subject = "一般公共预算财政拨款支出"
    narrative.execution("general", sum(item.budget for item in items), spent, subject, "年初预算")
    for scope in ("general", "structure"):
        narrative.amount(f"{scope}.amount", spent, subject)
    narrative.share("general.share", spent, accounts.spent(), subject, "本年支出合计")
    narrative.change("general", spent, accounts.prior.general_spending, subject)
    classes: dict[str, Fen] = {}
    for item in items:
        classes[item.code[:3]] = classes.get(item.code[:3], 0) + item.spending(fund)
        _item(narrative, item, subjects)
    narrative.lists["items"] = [f"item:{item.code}" for item in items]
    narrative.lists["classes"] = [f"class:{code}" for code in classes]
    for code, fen in classes.items():
        name = subjects.name_of(code)
        narrative.words[f"class:{code}.name"] = name
        narrative.amount(f"class:{code}.amount", fen, f"{code} {name}")
        narrative.share(f"class:{code}.share", fen, spent, f"{code} {name}", subject)


def _item(narrative: Narrative, item: Item, subjects: Subjects) -> None:
    scope, code = f"item:{item.code}", item.code
    names = (subjects.name_of(code[:3]), subjects.name_of(code[:5]), item.name)
    narrative.words |= {
        f"{scope}.class": names[0], f"{scope}.section": names[1], f"{scope}.name": names[2],
        f"{scope}.class_code": code[:3], f"{scope}.section_code": code[3:5], f"{scope}.item_code": code[5:],
    }  # fmt: skip
    subject = f"{code} {'/'.join(names)}"
    narrative.execution(scope, item.budget, item.spending((FUNDS[0],)), subject, "年初预算")


def _basic(narrative: Narrative, accounts: Accounts, subjects: Subjects) -> None:
    chosen = [subject for subject in subjects.economic if subject.code in accounts.economic]
    total = 0
    for scope, name, personnel in (("personnel", "人员经费", True), ("public", "公用经费", False)):
        members = [subject for subject in chosen if subject.personnel is personnel]
        fen = sum(accounts.economic[subject.code] for subject in members)
        total += fen
        narrative.amount(f"{scope}.amount", fen, name)
        narrative.words[f"{scope}.names"] = "、".join(subject.name for subject in members)
        narrative.lists[f"{scope}.parts"] = [f"economic:{subject.code}" for subject in members]
        for subject in members:
            narrative.words[f"economic:{subject.code}.name"] = subject.name
            amount = accounts.economic[subject.code]
            narrative.amount(f"economic:{subject.code}.amount", amount, f"{subject.code} {subject.name}")
    narrative.amount("basic.amount", total, "一般公共预算财政拨款基本支出")


def _public_expenses(narrative: Narrative, accounts: Accounts) -> None:
    budget, actual = public_expense_columns(accounts.budget), public_expense_columns(accounts.actual)
    before = public_expense_columns(accounts.prior.three_public)
    for key, name in PUBLIC_EXPENSES.items():
        narrative.words[f"public:{key}.name"] = name
        narrative.execution(f"public:{key}", budget[key], actual[key], name)
        narrative.amount(f"public:{key}.amount", actual[key], name)
        narrative.change(f"public:{key}", actual[key], before[key], name)
    operations_budget, operations = accounts.operations
    narrative.execution("operations", operations_budget, operations, "机关运行经费")
    narrative.change("operations", operations, accounts.prior.operations, "机关运行经费")


def _procurement(narrative: Narrative, accounts: Accounts) -> None:
    procurement, total = accounts.procurement, accounts.procurement.total
    amounts = {
        "total": ("政府采购支出总额", total), "goods": ("政府采购货物支出", procurement.goods),
        "works": ("政府采购工程支出", procurement.works), "services": ("政府采购服务支出", procurement.services),
        "medium": ("授予中小企业合同金额", procurement.to_medium),
        "small": ("授予小微企业合同金额", procurement.to_small),
    }  # fmt: skip
    for key, (name, fen) in amounts.items():
        narrative.amount(f"procurement:{key}.amount", fen, name)
    narrative.words["procurement.some"] = "是" if total else ""
    whole = "政府采购支出总额"
    narrative.share("procurement:medium.share", procurement.to_medium, total, "授予中小企业合同金额", whole)
    narrative.share(
        "procurement:small.share", procurement.to_small, procurement.to_medium, "授予小微企业合同金额",
        "授予中小企业合同金额",
    )  # fmt: skip


def _assets_and_staff(narrative: Narrative, accounts: Accounts) -> None:
    counts: list[tuple[str, int, str, str]] = [
        ("vehicles.count", sum(accounts.vehicles), "辆", "车辆"),
        ("equipment.count", accounts.equipment, "台（套）", "单价100万元（含）以上设备"),
        ("staff.posts", sum(accounts.staff.posts), "人", "人员编制"),
        ("staff.people", sum(accounts.staff.people), "人", "实有人员"),
        ("staff.retired", accounts.staff.retired, "人", "离退休人员"),
        ("members.count", len(accounts.unit.members), "个", "单位"),
        ("projects.count", len(evaluated_items(accounts)), "个", "项目"),
    ]
    for kind, number in enumerate(accounts.vehicles):
        scope = f"vehicles:{kind + 1}"
        narrative.words[f"{scope}.name"] = VEHICLES[kind]
        counts.append((f"{scope}.count", number, "辆", VEHICLES[kind]))
    narrative.lists["vehicles"] = [f"vehicles:{kind + 1}" for kind in range(len(accounts.vehicles))]
    for body, name in enumerate(("行政", "参照公务员法管理", "事业")):
        counts.append((f"staff.posts_{body}", accounts.staff.posts[body], "人", f"{name}编制"))
        counts.append((f"staff.people_{body}", accounts.staff.people[body], "人", f"{name}人员"))
    for key, number, unit, subject in counts:
        narrative.statements[key] = Statement(count(number, unit), "count", subject)
    spent = sum(item.spending(GENERAL, PROJECT_USE) for item in evaluated_items(accounts))
    narrative.amount("projects.amount", spent, "绩效自评项目资金")
    whole = accounts.spent(GENERAL, PROJECT_USE)
    narrative.share("projects.share", spent, whole, "绩效自评项目资金", "一般公共预算项目支出")


def _words(narrative: Narrative, accounts: Accounts) -> None:
    unit = accounts.unit
    department = unit.scope == "department"
    funds: Mapping[str, str] = {"government_fund": "fund", "state_capital": "capital"}
    narrative.words |= {
        "unit": unit.name,
        "bureau": unit.bureau,
        "duty": unit.duty,
        "body": "部门" if department else "单位",
        "department": "是" if department else "",
        "aggregated": f"{unit.name}（汇总）" if department and len(unit.members) > 1 else unit.name,
        "members": "、".join(unit.members),
        "administration": "是" if unit.administration else "",
        "year": str(accounts.year),
        "prior_year": str(accounts.year - 1),
        **{word: "是" if _used(accounts, fund) else "" for fund, word in funds.items()},
    }
    for fund, word in funds.items():
        narrative.amount(f"{word}.opening", accounts.opening(fund), "年初结转和结余")
        narrative.amount(f"{word}.income", accounts.received(fund), "本年收入")
        narrative.amount(f"{word}.amount", accounts.spent((fund,)), "本年支出")
        narrative.amount(f"{word}.closing", accounts.closing(fund), "年末结转和结余")


def _used(accounts: Accounts, fund: str) -> bool:
    return bool(accounts.received(fund) or accounts.opening(fund) or accounts.spent((fund,)))
