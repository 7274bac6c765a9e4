using System.Text.Json;
using System.Text.Json.Serialization;
using Vaal.Experiments;
using Vaal.Strategies;

namespace Vaal.Bench;

/// <summary>A study on features: data sets × settings × strategies × seeds. Written down before it runs.</summary>
internal sealed record StudyConfig
{
    /// <summary>Chooses as <c>uncertainty-coverage</c>, by the uncertainties of a head that learns from spread labels
    /// too.</summary>
    public const string Spreading = "uncertainty-coverage-spread";

    static StudyConfig() => QueryStrategies.Register(Spreading,
        "that cover most of what a head is unsure of that also learns from labels spread over the pool",
        () => new UncertaintyCoverageStrategy(spreads: true));

    private static readonly JsonSerializerOptions _options = new(Json.Options)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter<TrialHead>(JsonNamingPolicy.CamelCase) },
    };

    public required string About { get; init; }
    /// <summary>Of the settings that name none.</summary>
    public required string Encoder { get; init; }

    /// <summary>Share of a data set's pool that each seed draws for its own.</summary>
    public required double Share { get; init; }

    /// <summary>Seeds 1 to this.</summary>
    public required int Seeds { get; init; }

    /// <summary>Of <c>vaal-features</c>, for each batch.</summary>
    public required int VaalIterations { get; init; }

    public required IReadOnlyList<StudyData> Data { get; init; }

    /// <summary>In the order in which they run.</summary>
    public required IReadOnlyList<StudySetting> Settings { get; init; }

    /// <exception cref="InputException">it cannot be read, or names what is not there</exception>
    public static StudyConfig Read(string path)
    {
        try
        {
            var config = JsonSerializer.Deserialize<StudyConfig>(File.ReadAllText(path),
                _options)!;
            foreach (var name in config.Settings.SelectMany(s => s.Strategies).Where(s => s != "default"))
                QueryStrategies.Create(name);
            // rows are cells between commas
            if (config.Settings.Select(s => s.Name).Concat(config.Data.Select(d => d.Name))
                .FirstOrDefault(n => n.Contains(',', StringComparison.Ordinal)) is { } with)
                throw new InputException($"{path}: expected names without commas, found '{with}'");
            return config;
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} line {e.LineNumber + 1}: {e.Message}", e);
        }
    }
}

/// <summary>A data set of the study.</summary>
/// <param name="Name">in tables</param>
/// <param name="Source">a folder beside the others, or a set that comes with the program</param>
/// <param name="Classes">only the first so many; 0: all</param>
/// <param name="Images">a random draw of so many to choose from; 0: all</param>
/// <param name="Tests">the first so many test images; 0: all. A set without test images gives a third of them: as many
/// of each class, at most half of one</param>
internal sealed record StudyData(string Name, string Source, int Classes = 0, int Images = 0, int Tests = 0);

/// <summary>How labels come in.</summary>
internal sealed record StudySetting
{
    public required string Name { get; init; }

    /// <summary>Names of strategies; <c>default</c> is what <c>vaal next</c> does.</summary>
    public required IReadOnlyList<string> Strategies { get; init; }

    /// <summary>Images a batch, in multiples of the classes.</summary>
    public required int Batch { get; init; }

    public required int Rounds { get; init; }

    /// <summary>An encoder in place of the study's; <c>resnet18-128</c> and <c>resnet18-160</c> see smaller
    /// images.</summary>
    public string? Encoder { get; init; }

    /// <summary>The head that is tested.</summary>
    public TrialHead Head { get; init; }

    /// <summary>A network that learns from the chosen images themselves and is tested in place of a head, such as
    /// <c>small-cnn</c>; null: a head.</summary>
    public string? Network { get; init; }

    /// <summary>Random labels before the first batch, in multiples of the classes.</summary>
    public int First { get; init; }

    /// <summary>Random labels of each class before the first batch, as benchmarks give them; 0: <see cref="First"/>
    /// decides.</summary>
    public int FirstOfEach { get; init; }

    /// <summary>Share of the classes that the first labels lack.</summary>
    public double Missing { get; init; }

    /// <summary>Images of the commonest class for one of the rarest.</summary>
    public double Tail { get; init; } = 1;

    /// <summary>Share of the images that are there many times over.</summary>
    public double Bursts { get; init; }

    /// <summary>Near-copies of each of them.</summary>
    public int Copies { get; init; }

    /// <summary>Share of wrong answers of the oracle.</summary>
    public double Noise { get; init; }
}
