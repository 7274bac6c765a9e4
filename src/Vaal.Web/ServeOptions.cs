namespace Vaal.Web;

/// <summary>How <c>vaal serve</c> is started.</summary>
public sealed class ServeOptions
{
    internal ServeOptions() { }

    /// <param name="port">that it listens on; 0: a free one</param>
    /// <param name="lan">listen on every network interface, not only on this machine's own</param>
    /// <param name="certificate">with its private key, PFX or PEM: the page is then served by TLS. Null: by plain
    /// HTTP.</param>
    /// <param name="learnEvery">labels after which the ranking is learned anew, 1 to 10,000; null: as the page was told
    /// last, at first 20</param>
    /// <param name="overlap">share of the pool, 0 to 1, that two people label without seeing each other's label; null:
    /// as the page was told last, at first 0</param>
    public ServeOptions(
        int port = 0, bool lan = false, string? certificate = null, int? learnEvery = null, double? overlap = null)
    {
        (Port, Lan, Certificate) = (port, lan, certificate);
        (LearnEvery, Overlap) = (learnEvery, overlap);
    }

    /// <summary>0: a free one.</summary>
    internal int Port { get; init; }

    /// <summary>Listen on every network interface, not only on this machine's own.</summary>
    internal bool Lan { get; init; }

    /// <summary>A certificate with its private key, PFX or PEM: the page is then served by TLS. Null: by plain
    /// HTTP.</summary>
    internal string? Certificate { get; init; }

    /// <summary>Labels after which the ranking is learned anew; null: as the page was told last, at first 20.</summary>
    internal int? LearnEvery { get; init; }

    /// <summary>Share of the pool, 0 to 1, that two people label without seeing each other's label; null: as the page
    /// was told last, at first 0.</summary>
    internal double? Overlap { get; init; }

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
