namespace Vaal.Scoring;

/// <summary>
/// A batch drawn without replacement, each image in proportion to its odds of being unlabelled, (1 − D)/D. The score is
/// minus D's logit, which is the logarithm of these odds. The highest of score + Gumbel noise are such a draw: image
/// after image, in proportion among those that are left (Yellott 1977). No odds are computed, so that none overflow.
/// </summary>
internal static class OddsDraw
{
    /// <param name="scores">minus D's logit of each id</param>
    /// <param name="seed">of the noise; the noise of an image depends on its place in <paramref name="ids"/></param>
    /// <returns>in the order of the draw, with their scores</returns>
    public static Selection Draw(int[] ids, float[] scores, int budget, long seed)
    {
        var random = new Random((int)Seeds.Derive(seed, "odds", 0));
        var noisy = new double[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            if (float.IsNaN(scores[i])) throw new ArgumentException($"the score of image {ids[i]} is not a number");
            noisy[i] = scores[i] - Math.Log(-Math.Log(1 - random.NextDouble()));
        }
        int[] order = [.. Enumerable.Range(0, ids.Length).OrderByDescending(i => noisy[i]).ThenBy(i => ids[i])
            .Take(budget)];
        return new([.. order.Select(i => ids[i])], [.. order.Select(i => scores[i])]);
    }
}
