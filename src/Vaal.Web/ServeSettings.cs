namespace Vaal.Web;

/// <summary>How the page works; kept in the workspace.</summary>
internal sealed record ServeSettings
{
    /// <summary>Labels after which the ranking is learned anew.</summary>
    public int LearnEvery { get; init; } = 20;

    /// <summary><c>classes</c>, <c>multi</c> (several an image) or <c>shapes</c>: what the page gives images; null:
    /// shapes where there are any and an image has one class.</summary>
    public string? Kind { get; init; }

    /// <summary>One of <see cref="Reranker.Strategies"/>.</summary>
    public string Strategy { get; init; } = NextOptions.Auto;

    /// <summary>No class is suggested below this probability, nor below what held-out labels say; 1: none at
    /// all.</summary>
    public double SuggestAbove { get; init; }

    /// <summary>Share of the pool that two people label, blind.</summary>
    public double Overlap { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (LearnEvery is < 1 or > 10_000)
            yield return $"expected to learn after 1 to 10000 labels, found {LearnEvery}";
        if (!Reranker.Strategies.Contains(Strategy))
            yield return $"expected one of {string.Join(", ", Reranker.Strategies)}, found '{Strategy}'; "
                + "'vaal next' has more strategies";
        if (Kind is not (null or "classes" or "multi" or "shapes"))
            yield return $"expected labels to be classes, multi or shapes, found '{Kind}'";
        if (!(SuggestAbove is >= 0 and <= 1))
            yield return $"expected a probability from 0 to 1 to suggest above, found {SuggestAbove}";
        if (!(Overlap is >= 0 and <= 1)) yield return $"expected an overlap from 0 to 1, found {Overlap}";
        if (Overlap > 0 && Kind == "shapes")
            yield return $"expected no overlap where labels are shapes, found {Overlap}; two people can only give "
                + "classes";
    }
}
