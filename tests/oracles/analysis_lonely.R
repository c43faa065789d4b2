# R's numbers with options(survey.adjust.domain.lonely = TRUE) on analysis_survey.csv -> analysis_lonely.json.
# Run: Rscript analysis_lonely.R
suppressMessages({library(survey); library(jsonlite)})
d <- read.csv("analysis_survey.csv", encoding = "UTF-8")
items <- paste0("q", 1:6)
answers <- as.matrix(d[, items])
d$num <- rowSums(answers >= 4, na.rm = TRUE)
d$den <- rowSums(!is.na(answers))
options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = TRUE)
designs <- list(
  element = svydesign(~1, strata = ~stratum, weights = ~w, fpc = ~N_h, data = d),
  replacement = svydesign(~office, strata = ~district, weights = ~v, data = d, nest = TRUE),
  onestage = svydesign(~office, strata = ~district, weights = ~v, fpc = ~N_office, data = d),
  twostage = svydesign(~office + id, strata = ~district, weights = ~v, fpc = ~N_office + N_dossier, data = d))
by <- function(...) {
  keys <- unique(d[, c(...), drop = FALSE])
  lapply(seq_len(nrow(keys)), function(i) as.list(keys[i, , drop = FALSE]))
}
domains <- c(list(list()), by("agency"), by("office"), by("channel", "visits"))
out <- list()
num <- function(x) { x <- as.numeric(x); if (length(x) == 0 || !is.finite(x)) NULL else x }
for (name in names(designs)) for (rule in c("adjust", "average")) {
  options(survey.lonely.psu = rule)
  for (dom in domains) {
    keep <- Reduce(`&`, Map(function(k, v) d[[k]] == v, names(dom), dom), rep(TRUE, nrow(d)))
    fit <- function(what, valid, f) {
      rows <- keep & valid
      if (!any(rows)) return(invisible())
      m <- suppressWarnings(f(subset(designs[[name]], rows)))
      out[[length(out) + 1]] <<- list(design = name, rule = rule, what = what, domain = dom, estimate = num(coef(m)), se = num(SE(m)))
    }
    fit("mean_q1", !is.na(d$q1), function(s) svymean(~q1, s))
    fit("total_visits", TRUE, function(s) svytotal(~visits, s))
    fit("ratio_late", TRUE, function(s) svyratio(~late, ~done, s))
    fit("pooled", d$den > 0, function(s) svyratio(~num, ~den, s))
  }
}
write_json(list(made_with = list(R = R.version.string, survey = as.character(packageVersion("survey"))), estimates = out),
           "analysis_lonely.json", digits = NA, auto_unbox = TRUE, null = "null")
cat(length(out), "\n")
