# R's calibration, replication, two-phase and PPS numbers.  Run: Rscript analysis_weights.R [FOLDER]
# The synthetic survey's numbers need no R to be tested. With FOLDER the api, scd, election and nhanes data of the package
# (GPL, not ours to commit) are exported there as CSV: tests marked `oracle` read them.
suppressMessages({library(survey); library(jsonlite)})
data(api); data(scd); data(election); data(nhanes)
folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) == 1) {
  for (n in c("apisrs", "apistrat", "apiclus1", "apiclus2")) write.csv(get(n), file.path(folder, paste0(n, ".csv")), row.names = FALSE, na = "")
  write.csv(nhanes, file.path(folder, "nhanes.csv"), row.names = FALSE, na = "")
  write.csv(scd, file.path(folder, "scd.csv"), row.names = FALSE)
  write.csv(election_pps, file.path(folder, "election_pps.csv"), row.names = FALSE)
  write.csv(election_jointprob, file.path(folder, "election_jointprob.csv"), row.names = FALSE)
}
num <- function(x) { x <- as.numeric(x); if (length(x) == 0 || !is.finite(x)) NULL else x }
out <- list()
add <- function(design, what, fit, df, domain = list())
  out[[length(out) + 1]] <<- list(design = design, what = what, domain = domain, estimate = num(coef(fit)), se = num(SE(fit)), df = df)

## the package's own data
api_fits <- function(name, d) {
  add(name, "mean_api00", svymean(~api00, d), degf(d))
  add(name, "total_enroll", svytotal(~enroll, d, na.rm = TRUE), degf(subset(d, !is.na(enroll))))
  add(name, "ratio", svyratio(~api.stu, ~enroll, d, na.rm = TRUE), degf(subset(d, !is.na(enroll))))
  add(name, "wide", svymean(~I(as.numeric(sch.wide == "Yes")), d), degf(d))
  for (s in c("E", "H", "M")) {
    sub <- subset(d, stype == s)
    add(name, "mean_api00", svymean(~api00, sub), degf(sub), list(stype = s))
  }
}
srs <- svydesign(~1, weights = ~pw, fpc = ~fpc, data = apisrs)
strat <- svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
clus1 <- svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
clus2 <- svydesign(~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
api_fits("srs", srs); api_fits("strat", strat); api_fits("clus1", clus1); api_fits("clus2", clus2)
stype <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
api_fits("clus1/poststratify", postStratify(clus1, ~stype, stype))
raked <- rake(clus1, list(~stype, ~sch.wide), list(stype, wide), control = list(maxit = 1000, epsilon = 1e-12))
api_fits("clus1/rake", raked)
tot <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
cal <- function(...) calibrate(clus1, ~stype + api99, tot, epsilon = 1e-12, maxit = 500, ...)
api_fits("clus1/linear", cal(calfun = "linear"))
api_fits("clus1/raking", cal(calfun = "raking"))
api_fits("clus1/logit", cal(calfun = "logit", bounds = c(0.3, 3)))
api_fits("clus1/bounded", cal(calfun = "linear", bounds = c(0.5, 2)))
api_fits("strat/linear", calibrate(strat, ~api99 + sch.wide, c(`(Intercept)` = 6194, api99 = 3914069, sch.wideYes = 5122)))
trimmed <- trimWeights(raked, upper = 45, strict = TRUE)
weights_of <- list(rake = unname(weights(raked)), trim = unname(weights(trimmed)), logit = unname(weights(cal(calfun = "logit", bounds = c(0.3, 3)))))

## replicates: the columns R made, and R's answer, with mse and without
replicates <- list()
rep_fit <- function(name, d, y, x) {
  m <- svymean(y, d); r <- if (is.null(x)) NULL else svyratio(y, x, d)
  replicates[[length(replicates) + 1]] <<- list(name = name, scale = d$scale, rscales = d$rscales, mse = d$mse,
    df = degf(d), mean = num(coef(m)), mean_se = num(SE(m)), ratio = num(coef(r)), ratio_se = num(SE(r)))
}
for (mse in c(FALSE, TRUE)) {
  rep_fit("jk1", as.svrepdesign(clus1, type = "JK1", mse = mse), ~api00, ~api99)
  rep_fit("jkn", as.svrepdesign(strat, type = "JKn", mse = mse), ~api00, ~api99)
  rep_fit("jk1-nofpc", as.svrepdesign(svydesign(~dnum, weights = ~pw, data = apiclus1), type = "JK1", mse = mse), ~api00, ~api99)
  scddes <- svydesign(data = scd, prob = ~1, id = ~ambulance, strata = ~ESA, nest = TRUE)
  rep_fit("scd-brr", as.svrepdesign(scddes, type = "BRR", mse = mse), ~alive, ~arrests)
  rep_fit("scd-fay", as.svrepdesign(scddes, type = "Fay", fay.rho = 0.3, mse = mse), ~alive, ~arrests)
  rep_fit("scd-jkn", as.svrepdesign(scddes, type = "JKn", mse = mse), ~alive, ~arrests)
}
jkcal <- calibrate(as.svrepdesign(clus1, type = "JK1"), ~stype, c(6194, 755, 1018))
rep_fit("jk1-calibrated", jkcal, ~api00, ~api99)

## probability-proportional-to-size
pps <- list(
  brewer = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = "brewer"),
  syg = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob), variance = "YG"),
  ht = svydesign(id = ~1, fpc = ~p, data = election_pps, pps = ppsmat(election_jointprob), variance = "HT"),
  wr = svydesign(id = ~1, probs = ~p, data = election_pps))
election_out <- lapply(names(pps), function(n) {
  t <- svytotal(~Bush, pps[[n]]); r <- svyratio(~Bush, ~votes, pps[[n]])
  list(name = n, total = num(coef(t)), total_se = num(SE(t)), ratio = num(coef(r)), ratio_se = num(SE(r)))
})

## the synthetic survey
d <- read.csv("analysis_survey.csv", encoding = "UTF-8")
options(survey.lonely.psu = "adjust")
element <- svydesign(~1, strata = ~stratum, weights = ~w, fpc = ~N_h, data = d)
office <- svydesign(~office, strata = ~district, weights = ~v, data = d, nest = TRUE)
group <- c(nam = 900, `nữ` = 1100); channel <- c(counter = 700, online = 800, post = 500)
own_fits <- function(name, des) {
  for (a in c("all", "A01", "A04", "A07", "online")) {
    s <- if (a == "all") des else subset(des, agency == a | channel == a)
    dom <- if (a == "all") list() else if (a == "online") list(channel = a) else list(agency = a)
    add(name, "mean_visits", svymean(~visits, s), degf(s), dom)
    add(name, "total_visits", svytotal(~visits, s), degf(s), dom)
    add(name, "ratio_late", svyratio(~late, ~done, s), degf(s), dom)
  }
}
cell_totals <- c(`(Intercept)` = 2000, `groupnữ` = 1100)
own_fits("element/poststratify", calibrate(element, ~group, cell_totals))
own_fits("office/poststratify", calibrate(office, ~group, cell_totals))
both <- c(`(Intercept)` = 2000, `groupnữ` = 1100, channelonline = 800, channelpost = 500)
for (n in c("element", "office")) for (f in c("linear", "raking", "logit"))
  own_fits(paste0(n, "/", f), calibrate(get(n), ~group + channel, both, calfun = f, epsilon = 1e-12, maxit = 500,
                                        bounds = if (f == "logit") c(0.2, 5) else c(-Inf, Inf)))
## the response as a second phase: one simple random sample, subsampled in classes, "full" variances
two <- d
two$N1 <- 1000
two$answered <- seq_len(nrow(two)) %% 3 != 1
second <- twophase(id = list(~1, ~1), strata = list(NULL, ~group), fpc = list(~N1, NULL), subset = ~answered,
                   data = two, method = "full")
twophase_out <- lapply(c("all", "A01", "A04", "A07"), function(a) {
  s <- if (a == "all") second else subset(second, agency == a)
  m <- svymean(~visits, s); t <- svytotal(~visits, s)
  list(domain = if (a == "all") list() else list(agency = a), mean = num(coef(m)), mean_se = num(SE(m)),
       total = num(coef(t)), total_se = num(SE(t)))
})
write_json(list(made_with = list(R = R.version.string, survey = as.character(packageVersion("survey"))),
                estimates = out, weights = weights_of, replicates = replicates, election = election_out, twophase = twophase_out),
           "analysis_weights.json", digits = NA, auto_unbox = TRUE, null = "null")
