using System.Collections;
using System.Globalization;

namespace Vaal.Cli.Terminal;

/// <summary>What the environment variables that the tool reads say of its process.</summary>
/// <param name="Threads">that libtorch computes with; null: as many as usual</param>
/// <param name="CheckpointEvery">time between two saves of a long training; null: as usual</param>
/// <param name="CacheFolder">for what can be made or fetched again; empty: there is none; null: the usual one</param>
internal sealed record Variables(int? Threads, bool BFloat16, TimeSpan? CheckpointEvery, string? CacheFolder)
{
    /// <param name="variable">the text of a variable by its name; null: it is not set</param>
    /// <exception cref="InputException">a variable has a value that cannot be used</exception>
    public static Variables Read(Func<string, string?> variable)
    {
        string? Of(string name) => variable(name) is { Length: > 0 } text ? text : null;
        return new(
            ThreadsIn(Of("OMP_NUM_THREADS")),
            Of("VAAL_BF16") != "0",
            Of("VAAL_CHECKPOINT_SECONDS") is { } seconds ? Every(seconds) : null,
            Of("XDG_CACHE_HOME") is not { } cache ? null : Path.IsPathRooted(cache) ? Path.Combine(cache, "vaal") : "");
    }

    /// <summary>The standard variables of OpenTelemetry; none where no endpoint is named.</summary>
    public static IReadOnlyDictionary<string, string?> OfTelemetry(IDictionary environment)
    {
        var all = environment.Keys.Cast<string>().Where(n => n.StartsWith("OTEL_", StringComparison.Ordinal))
            .ToDictionary(n => n, n => (string?)environment[n]);
        return all.Any(v => v.Key.EndsWith("ENDPOINT", StringComparison.Ordinal) && v.Value is { Length: > 0 })
            ? all : new Dictionary<string, string?>();
    }

    // OpenMP takes a list, one number for each level of nesting; what it cannot read, it ignores
    private static int? ThreadsIn(string? text) =>
        int.TryParse(text?.Split(',')[0], CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : null;

    private static TimeSpan Every(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputException(
                $"VAAL_CHECKPOINT_SECONDS: expected a number of seconds from 0 to 86400, found '{text}'");
}
