# R's numbers on analysis_survey.csv -> analysis_survey.json.  Run: Rscript analysis_survey.R
suppressMessages({library(survey); library(jsonlite)})
d <- read.csv("analysis_survey.csv", encoding = "UTF-8")
items <- paste0("q", 1:6)
for (q in items) {
  d[[paste0("n_", q)]] <- ifelse(is.na(d[[q]]), 0, as.numeric(d[[q]] >= 4))
  d[[paste0("d_", q)]] <- as.numeric(!is.na(d[[q]]))
  d[[paste0("s_", q)]] <- as.numeric(d[[q]] >= 4)
}
d$answered <- rowSums(d[, paste0("d_", items)]) > 0
d$all_ok <- as.numeric(rowSums(d[, paste0("n_", items)]) == rowSums(d[, paste0("d_", items)]))
for (f in 1:3) for (s in c("n", "d"))
  d[[paste0(s, "_F", f)]] <- d[[paste0(s, "_q", 2 * f - 1)]] + d[[paste0(s, "_q", 2 * f)]]
d$online <- as.numeric(d$channel == "online")
d$n_all <- d$n_F1 + d$n_F2 + d$n_F3
d$d_all <- d$d_F1 + d$d_F2 + d$d_F3
d$x_all <- rowSums((d[, items] - 1) / 4, na.rm = TRUE)

options(survey.lonely.psu = "adjust")
designs <- list(
  element = svydesign(~1, strata = ~stratum, weights = ~w, fpc = ~N_h, data = d),
  replacement = svydesign(~office, strata = ~district, weights = ~v, data = d, nest = TRUE),
  onestage = svydesign(~office, strata = ~district, weights = ~v, fpc = ~N_office, data = d),
  twostage = svydesign(~office + id, strata = ~district, weights = ~v, fpc = ~N_office + N_dossier, data = d))
rules <- c("remove", "certainty", "adjust", "average")
domains <- c(list(list()), lapply(sort(unique(d$agency)), function(a) list(agency = a)),
             lapply(sort(unique(d$channel)), function(a) list(channel = a)),
             list(list(agency = "A01", channel = "online"), list(agency = "A06", channel = "post")))
out <- list()
num <- function(x) { x <- as.numeric(x); if (length(x) == 0 || !is.finite(x)) NULL else x }
add <- function(...) out[[length(out) + 1]] <<- list(...)
in_domain <- function(dom) Reduce(`&`, Map(function(k, v) d[[k]] == v, names(dom), dom), rep(TRUE, nrow(d)))
quiet <- function(expr) suppressWarnings(tryCatch(expr, error = function(e) NULL))

for (name in names(designs)) for (rule in rules) {
  options(survey.lonely.psu = rule)
  des <- designs[[name]]
  for (dom in domains) {
    keep <- in_domain(dom)
    simple <- function(what, valid, fit, deffed = TRUE) {
      sub <- subset(des, keep & valid)
      if (sum(keep & valid) == 0) return(invisible())
      m <- quiet(fit(sub))
      if (is.null(m)) return(invisible())
      add(design = name, rule = rule, what = what, domain = dom, estimate = num(coef(m)), se = num(SE(m)),
          df = degf(sub), n = sum(keep & valid), deff = if (deffed) num(deff(m)) else NULL)
    }
    simple("mean_q1", !is.na(d$q1), function(s) svymean(~q1, s, deff = TRUE))
    simple("total_visits", rep(TRUE, nrow(d)), function(s) svytotal(~visits, s, deff = TRUE))
    simple("ratio_late", rep(TRUE, nrow(d)), function(s) svyratio(~late, ~done, s), FALSE)
    simple("channel[online]", rep(TRUE, nrow(d)), function(s) svymean(~online, s, deff = TRUE))
    simple("all_satisfied", d$answered, function(s) svymean(~all_ok, s, deff = TRUE))
    sub <- subset(des, keep & d$answered)
    if (rule == "average" && any(table(des$strata[keep & d$answered, 1]) < 0)) next
    totals <- quiet(svytotal(~n_F1+d_F1+n_F2+d_F2+n_F3+d_F3+n_all+d_all+x_all+n_q1+d_q1+n_q2+d_q2+n_q3+d_q3+n_q4+d_q4+n_q5+d_q5+n_q6+d_q6, sub))
    if (is.null(totals)) next
    asked <- paste0("F", 1:3)[coef(totals)[paste0("d_F", 1:3)] > 0]
    asked_items <- items[coef(totals)[paste0("d_", items)] > 0]
    mean_of <- function(x) paste0("(", paste0("n_", x, "/d_", x, collapse = "+"), ")/", length(x))
    formulas <- list(t2b_mean_of_factors = mean_of(asked), t2b_pooled = "n_all/d_all",
                     t2b_mean_of_items = mean_of(asked_items), mean_score = "x_all/d_all")
    for (f in names(formulas)) {
      fit <- svycontrast(totals, parse(text = formulas[[f]])[[1]])
      add(design = name, rule = rule, what = f, domain = dom, estimate = num(coef(fit)), se = num(SE(fit)),
          df = degf(sub), n = sum(keep & d$answered))
    }
  }
}

# intervals of a proportion (share with q1 >= 4), and covariance of the index between agencies
options(survey.lonely.psu = "adjust")
intervals <- list()
for (name in names(designs)) for (dom in domains) {
  keep <- in_domain(dom) & !is.na(d$q1)
  s <- subset(designs[[name]], keep)
  p <- coef(svymean(~s_q1, s)); se <- SE(svymean(~s_q1, s))
  if (degf(s) < 1 || !is.finite(se) || se == 0 || p %in% c(0, 1)) next
  for (method in c("xlogit", "beta", "asin", "mean", "likelihood")) {
    ci <- quiet(confint(svyciprop(~s_q1, s, method = method, df = degf(s))))
    if (!is.null(ci)) intervals[[length(intervals) + 1]] <-
      list(design = name, domain = dom, method = method, low = num(ci[1]), high = num(ci[2]))
  }
}
# R interpolates its profile; the same definition solved exactly: deviance/dispersion = t^2 lambda
exact_likelihood <- function(s) {
  m <- suppressWarnings(svyglm(s_q1 ~ 1, s, family = quasibinomial, epsilon = 1e-14, maxit = 100))
  w <- m$prior.weights; y <- m$y; eta <- unname(coef(m))
  dev <- function(e) -2 * sum(w * (y * plogis(e, log.p = TRUE) + (1 - y) * plogis(-e, log.p = TRUE)))
  limit <- qt(.975, degf(s))^2 * m$cov.unscaled[1, 1] / m$naive.cov[1, 1] * as.numeric(summary(m)$dispersion)
  f <- function(e) dev(e) - dev(eta) - limit
  plogis(c(uniroot(f, c(eta - 40, eta), tol = 1e-13)$root, uniroot(f, c(eta, eta + 40), tol = 1e-13)$root))
}
for (name in names(designs)) for (dom in domains[1:4]) {
  s <- subset(designs[[name]], in_domain(dom) & !is.na(d$q1))
  if (degf(s) < 1) next
  ci <- exact_likelihood(s)
  intervals[[length(intervals) + 1]] <- list(design = name, domain = dom, method = "likelihood_exact", low = ci[1], high = ci[2])
}
# linearised by hand: influence of each agency's pooled index, then one svytotal for the covariance
covariances <- lapply(names(designs), function(name) {
  des <- designs[[name]]; w <- weights(des)
  keys <- sort(unique(d$agency))
  z <- sapply(keys, function(a) { k <- d$agency == a
    r <- sum(w[k] * d$n_all[k]) / sum(w[k] * d$d_all[k])
    ifelse(k, (d$n_all - r * d$d_all) / sum(w[k] * d$d_all[k]), 0) })
  colnames(z) <- keys
  v <- vcov(svytotal(z, des))
  list(design = name, keys = keys, values = unname(matrix(v, nrow(v))))
})
quantiles <- list()
for (name in names(designs)) for (dom in domains[c(1, 2, 10)]) {
  s <- subset(designs[[name]], in_domain(dom))
  q <- svyquantile(~days, s, c(.25, .5, .9), df = degf(s))
  for (i in 1:3) quantiles[[length(quantiles) + 1]] <- list(design = name, domain = dom, p = c(.25, .5, .9)[i],
    estimate = q$days[i, "quantile"], low = q$days[i, 2], high = q$days[i, 3], se = q$days[i, "se"])
}
write_json(list(made_with = list(R = R.version.string, survey = as.character(packageVersion("survey"))),
                estimates = out, intervals = intervals, covariances = covariances, quantiles = quantiles),
           "analysis_survey.json", digits = NA, auto_unbox = TRUE, null = "null", pretty = FALSE)
cat(length(out), length(intervals), "\n")
