namespace Vaal.Web;

/// <summary>How <c>vaal serve</c> is started.</summary>
public sealed class ServeOptions
{
    /// <summary>0: a free one.</summary>
    public int Port { get; init; }

    /// <summary>Listen on every network interface, not only on this machine's own.</summary>
    public bool Lan { get; init; }

    /// <summary>A certificate with its private key, PFX or PEM: the page is then served by TLS. Null: by plain
    /// HTTP.</summary>
    public string? Certificate { get; init; }

    /// <summary>Labels after which the ranking is learned anew; null: as the page was told last, at first 20.</summary>
    public int? LearnEvery { get; init; }

    /// <summary>Share of the pool, 0 to 1, that two people label without seeing each other's label; null: as the page
    /// was told last, at first 0.</summary>
    public double? Overlap { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (Port is < 0 or > 65_535) yield return $"expected a port from 0 to 65535, found {Port}";
        if (LearnEvery is < 1 or > 10_000)
            yield return $"expected to learn after 1 to 10000 labels, found {LearnEvery}";
        if (Overlap is < 0 or > 1) yield return $"expected an overlap from 0% to 100%, found {Overlap:0.##%}";
        if (Certificate is not null && !File.Exists(Certificate))
            yield return $"expected a certificate (PFX, or PEM with its private key), found no file {Certificate}";
    }
}
