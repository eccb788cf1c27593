"""`gouji samples`: PDFs of fictional districts with their true Documents, and errors planted on request.

`build_sample(seed, …)` makes one, `render_pdf(sample)` its PDF. Everything about a province is data in `editions/`.
"""

from cli.samples.sample import Sample, build_sample, render_pdf

__all__ = ["Sample", "build_sample", "render_pdf"]
