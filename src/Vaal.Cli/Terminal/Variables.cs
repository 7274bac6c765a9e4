using System.Collections;
using System.Globalization;

namespace Vaal.Cli.Terminal;

/// <summary>The environment variables that the tool reads, as the options of its process.</summary>
internal static class Variables
{
    /// <param name="variable">the text of a variable by its name; null: it is not set</param>
    /// <exception cref="InputException">a variable has a value that cannot be used</exception>
    public static RuntimeOptions Read(Func<string, string?> variable)
    {
        string? Of(string name) => variable(name) is { Length: > 0 } text ? text : null;
        var usual = new RuntimeOptions();
        return new()
        {
            Threads = Threads(Of("OMP_NUM_THREADS")),
            BFloat16 = Of("VAAL_BF16") != "0",
            CheckpointEvery = Of("VAAL_CHECKPOINT_SECONDS") is { } seconds ? Every(seconds) : usual.CheckpointEvery,
            CacheFolder = Of("XDG_CACHE_HOME") is not { } cache ? usual.CacheFolder
                : Path.IsPathRooted(cache) ? Path.Combine(cache, "vaal") : null,
        };
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
    private static int? Threads(string? text) =>
        int.TryParse(text?.Split(',')[0], CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : null;

    private static TimeSpan Every(string text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 86_400
            ? TimeSpan.FromSeconds(seconds)
            : throw new InputException(
                $"VAAL_CHECKPOINT_SECONDS: expected a number of seconds from 0 to 86400, found '{text}'");
}
