using Vaal.Heads;

namespace Vaal.Web;

/// <summary>What was learned from the labels of one moment.</summary>
/// <param name="Head">null: the labels name fewer than two classes</param>
/// <param name="Names">class of each output of the head</param>
/// <param name="Index">the features that it reads</param>
/// <param name="Labels">labels of the pool that it was fitted on</param>
/// <param name="Correct">labelled test images that it gets right, of <paramref name="Tests"/></param>
internal sealed record Learned(PoolIndex Index, LinearHead? Head, string[] Names, int Labels, int Correct, int Tests)
{
    /// <summary>Number of the round that was chosen with it.</summary>
    public int? Round { get; init; }

    /// <summary>From the labels to the new choice.</summary>
    public double Seconds { get; init; }

    /// <summary>Least probability of a suggestion, by held-out labels; null: none is good enough, or it is not known
    /// yet.</summary>
    public double? SuggestAbove { get; init; }

    /// <summary>Probabilities of each row of the pool for which they are wanted, (n, K).</summary>
    public double[] Probabilities(int[] rows) => Head!.Probabilities(Index.Pool.Copy(rows));

    /// <summary>The most probable class of an image of the pool; null: there is no head, or it has no
    /// features.</summary>
    public SuggestionJson? Predicted(int position)
    {
        if (Head is null || position >= Index.RowOf.Length || Index.RowOf[position] is not (>= 0 and var row))
            return null;
        var p = Probabilities([row]);
        var best = Best(p);
        return new(Names[best], p[best]);
    }

    /// <summary>The position of the greatest number, the first where there are several.</summary>
    public static int Best(ReadOnlySpan<double> p)
    {
        var best = 0;
        for (var k = 1; k < p.Length; k++) if (p[k] > p[best]) best = k;
        return best;
    }
}
