# Makes sampling.json: what R `sampling` gives for inclusion probabilities, systematic PPS and joint
# probabilities, and what base R gives for a comparison of two proportions.
# Run: Rscript sampling.R
suppressMessages({library(sampling); library(jsonlite)})

sizes <- list(
  small = c(1, 2, 3, 14),
  twice_iterated = c(1, 1, 1, 1, 30, 80, 400),
  zero = c(0, 3, 5, 2, 0, 10, 7),
  skewed = round(exp(seq(0, 6, length.out = 60)), 3),
  equal = rep(7, 9)
)
n <- list(small = 2, twice_iterated = 4, zero = 3, skewed = 25, equal = 4)
probabilities <- lapply(names(sizes), function(name) list(
  name = name, size = sizes[[name]], n = n[[name]],
  probability = inclusionprobabilities(sizes[[name]], n[[name]])))

# UPsystematic draws one runif(1); the same number is our start after R's sign: its start runs backwards.
systematic <- lapply(1:20, function(seed) {
  pik <- inclusionprobabilities(sizes$skewed, 25)
  set.seed(seed); start <- runif(1)
  set.seed(seed); chosen <- which(UPsystematic(pik) == 1)
  list(start = start, chosen = chosen)
})

tille <- c(0.2, 0.7, 0.8, 0.5, 0.4, 0.4)
result <- list(
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."),
                  sampling = as.character(packageVersion("sampling"))),
  inclusion_probabilities = probabilities,
  pps_systematic = list(probability = inclusionprobabilities(sizes$skewed, 25), draws = systematic),
  joint = list(probability = tille,
               systematic = UPsystematicpi2(tille),
               sampford = UPsampfordpi2(tille)),
  difference = list(
    list(p1 = 0.80, p2 = 0.85, power = 0.8, n = power.prop.test(p1 = .80, p2 = .85, power = .8)$n),
    list(p1 = 0.50, p2 = 0.60, power = 0.9, n = power.prop.test(p1 = .50, p2 = .60, power = .9)$n))
)
write(toJSON(result, digits = NA, auto_unbox = TRUE), "sampling.json")
