"""Numbers that the statistics are checked against, by scipy.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1
    venv/bin/python engine/statistics/tests/oracle/generate.py > engine/statistics/tests/oracle/statistics.json
"""

import json
import math

import numpy
from scipy import integrate, special, stats

RANDOM = numpy.random.default_rng(20240611)
NAMES = {"two-sided": "different", "less": "less", "greater": "greater"}


def ranks():
    for n, m, decimals in [(5, 7, 9), (8, 40, 9), (12, 15, 9), (30, 25, 1), (60, 80, 0), (3, 3, 9), (1, 20, 9)]:
        first = numpy.round(RANDOM.gamma(2.0, 1.3, n) + 0.3, decimals)
        second = numpy.round(RANDOM.gamma(2.0, 1.0, m), decimals)
        differences = numpy.sort(numpy.subtract.outer(first, second).ravel())
        reach = stats.norm.ppf(0.975) * math.sqrt(n * m * (n + m + 1) / 12)
        place = math.floor(n * m / 2 - reach)
        ends = [differences[place - 1], differences[n * m - place]] if place >= 1 else None
        for alternative in NAMES:
            test = stats.mannwhitneyu(first, second, alternative=alternative)
            yield {"first": list(first), "second": list(second), "alternative": NAMES[alternative],
                   "u": test.statistic, "p": test.pvalue, "shift": numpy.median(differences), "interval": ends}


def means():
    for n, m, apart in [(2, 3, 0.5), (10, 12, 0.4), (200, 90, 0.1), (15, 15, 5.0)]:
        first, second = RANDOM.normal(10 + apart, 1, n), RANDOM.normal(10, 3, m)
        for alternative in NAMES:
            test = stats.ttest_ind(first, second, equal_var=False, alternative=alternative)
            both = stats.ttest_ind(first, second, equal_var=False)
            ends = both.confidence_interval(0.95)
            yield {"first": list(first), "second": list(second), "alternative": NAMES[alternative],
                   "t": test.statistic, "freedom": test.df, "p": test.pvalue, "interval": [ends.low, ends.high]}


TABLES = [(3, 10, 1, 12), (0, 20, 5, 20), (12, 400, 3, 390), (40, 1000, 38, 90000), (1, 1, 1, 2), (10, 10, 0, 10),
          (900, 100000, 1000, 100000)]


def tables():
    for a, n, b, m in TABLES:
        for alternative in NAMES:
            p = stats.fisher_exact([[a, n - a], [b, m - b]], alternative=alternative).pvalue
            pooled = (a + b) / (n + m)
            z = (a / n - b / m) / math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
            tails = {"greater": stats.norm.sf(z), "less": stats.norm.cdf(z),
                     "two-sided": 2 * stats.norm.sf(abs(z))}
            first = stats.binomtest(a, n).proportion_ci(0.95, method="wilson")
            second = stats.binomtest(b, m).proportion_ci(0.95, method="wilson")
            apart = a / n - b / m
            low = apart - math.hypot(a / n - first.low, second.high - b / m)
            high = apart + math.hypot(first.high - a / n, b / m - second.low)
            yield {"table": [a, n, b, m], "alternative": NAMES[alternative], "fisher": p, "z": z,
                   "p": tails[alternative], "wilson": [first.low, first.high], "interval": [low, high]}


def quantiles():
    upper = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0]
    for counts, quantile in [([5, 10, 40, 80, 30, 10, 3, 1, 0], 0.5), ([5, 10, 40, 80, 30, 10, 3, 1, 1], 0.99),
                             ([0, 0, 3, 1, 0, 0, 0, 0, 0], 0.9), ([100000, 5000, 700, 90, 20, 4, 1, 0, 0], 0.999)]:
        total = sum(counts)
        observed = numpy.repeat(numpy.arange(len(counts)), counts)
        low = int(stats.binom.ppf(0.025, total, quantile))
        high = int(stats.binom.ppf(0.975, total, quantile)) + 1
        bounds = [0.0, *upper, None]
        yield {"upper": upper, "counts": counts, "quantile": quantile,
               "low": bounds[observed[max(low, 1) - 1]],
               "high": None if high > total else bounds[observed[high - 1] + 1]}


def evidence():
    for errors, total, limit in [(0, 10, 0.01), (3, 20, 0.05), (12, 400, 0.01), (1, 1000, 0.01), (50, 500, 0.1)]:
        scale = errors * math.log(limit) + (total - errors) * math.log1p(-limit)

        def wager(p):
            return math.exp(special.xlogy(errors, p) + special.xlog1py(total - errors, -p) - scale)

        peak = min(max(errors / total, limit), 1.0)
        width = 12 * math.sqrt(max(peak * (1 - peak), 1 / total) / total)
        marks = sorted({limit, peak, *(min(1.0, peak + width * part) for part in (0.1, 0.3, 0.6, 1.0)), 1.0})
        area = sum(integrate.quad(wager, a, b, epsabs=0, epsrel=1e-13, limit=500)[0]
                   for a, b in zip(marks, marks[1:]))
        yield {"errors": errors, "total": total, "limit": limit, "evidence": area / (1 - limit)}


def sequences():
    """The boundary solves `mixture(reach) = 1 / alpha`, found here by bisection rather than by its formula."""
    for count, planned, variance, confidence in [(1, 100, 1.0, 0.95), (50, 100, 4.0, 0.95), (3000, 200, 0.09, 0.99)]:
        alpha = 1 - confidence
        tuned = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned

        def mixture(total):
            return -0.5 * math.log(1 + count * tuned) + total**2 * tuned / (2 * (1 + count * tuned))

        low, high = 0.0, 1e9
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (low, middle) if mixture(middle) > -math.log(alpha) else (middle, high)
        yield {"count": count, "planned": planned, "variance": variance, "confidence": confidence,
               "reach": low / count * math.sqrt(variance)}


SUITES = [ranks, means, tables, quantiles, evidence, sequences]
print(json.dumps({suite.__name__: list(suite()) for suite in SUITES}, default=float, indent=0))
