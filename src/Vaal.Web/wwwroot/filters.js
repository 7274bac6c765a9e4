// Filters of the grid and of the search, and what is odd about a picture, in words.

/** By the names that the server knows. */
export const filterNames = {
  unlabelled: "Not labelled", labelled: "Labelled", unsure: "Marked unsure", unusable: "Marked unusable",
  disagreement: "People disagree", duplicates: "Near-duplicates", chosen: "Chosen in a round", broken: "Broken files",
  blurred: "Blurred", dark: "Dark", bright: "Bright", "odd-size": "Odd size or shape",
  "low-information": "Little detail",
};

/** Why a picture has a flag. */
export const flagReasons = {
  blurred: "The picture has no sharp edges.", dark: "The picture is nearly black.",
  bright: "The picture is nearly white.",
  "odd-size": "The picture is much larger, smaller, wider or narrower than the others.",
  "low-information": "The picture is nearly of one grey.",
};

export const filterName = filter => filterNames[filter] ?? filter;
