# R's numbers on random designs: Rscript analysis_random.R FOLDER reads FOLDER/data.csv and writes FOLDER/r.json.
# tests/analysis/test_random_designs.py makes the one and compares the other; nothing is stored here.
folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) != 1) quit()
suppressMessages({library(survey); library(jsonlite)})
everything <- read.csv(file.path(folder, "data.csv"))
out <- list()
num <- function(x) { x <- as.numeric(x); if (length(x) == 0 || !is.finite(x)) NULL else x }
options(survey.lonely.psu = "adjust")
for (set in unique(everything$set)) {
  d <- everything[everything$set == set, ]
  d$ok <- as.numeric(d$q >= 4)
  designs <- list(
    replacement = svydesign(~psu, strata = ~h, weights = ~w, data = d),
    onestage = svydesign(~psu, strata = ~h, weights = ~w, fpc = ~N, data = d),
    twostage = svydesign(~psu + ssu, strata = ~h, fpc = ~N + M, data = d),
    element = svydesign(~1, strata = ~h, weights = ~w, data = d))
  for (name in names(designs)) for (rule in c("remove", "adjust", "average")) for (domain in c(FALSE, TRUE)) {
    options(survey.lonely.psu = rule, survey.adjust.domain.lonely = domain)
    for (key in c("all", "a", "b", "c")) {
      fit <- function(what, valid, f) {
        keep <- valid & (key == "all" | d$d == key)
        if (!any(keep)) return(invisible())
        sub <- suppressWarnings(subset(designs[[name]], keep))
        m <- suppressWarnings(f(sub))
        out[[length(out) + 1]] <<- list(set = set, design = name, rule = rule, adjusted = domain, key = key, what = what,
                                        estimate = num(coef(m)), se = num(SE(m)), df = degf(sub), n = sum(keep))
      }
      fit("q", !is.na(d$q), function(s) svymean(~q, s))
      fit("x", TRUE, function(s) svytotal(~x, s))
      fit("r", !is.na(d$q), function(s) svyratio(~q, ~z, s))
      fit("ok", !is.na(d$q), function(s) svymean(~ok, s))
    }
  }
}
write_json(out, file.path(folder, "r.json"), digits = NA, auto_unbox = TRUE, null = "null")
