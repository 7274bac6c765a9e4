namespace Vaal.Data.Learning;

/// <summary>How well a task model did on the test images.</summary>
/// <param name="Correct">test images whose class it got right; null where it gives a class to each pixel</param>
/// <param name="Masks">how well it predicted the masks; null where it gives a class to each image</param>
public sealed record TaskTest(int? Correct, MaskTest? Masks);
