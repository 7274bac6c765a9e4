using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>A round that is to be recorded: how images were chosen.</summary>
internal sealed record Round
{
    public required string Strategy { get; init; }

    /// <summary>The run's options, as JSON.</summary>
    public required string Options { get; init; }

    public required long Seed { get; init; }

    /// <summary>How many images were asked for.</summary>
    public required int Budget { get; init; }

    /// <summary>Health of the ranking, as JSON; null where nothing was trained.</summary>
    public string? Health { get; init; }

    public required DateTimeOffset Started { get; init; }
    public required DateTimeOffset Finished { get; init; }
}

/// <summary>A round as it was recorded.</summary>
internal sealed class RoundRow
{
    /// <summary>Counts from 1 and is never used again.</summary>
    public int Id { get; init; }

    /// <summary>Of the vaal that chose.</summary>
    public string Version { get; init; } = "";

    /// <summary>When it was taken back; null: it stands.</summary>
    public DateTimeOffset? Undone { get; init; }

    /// <summary>Images chosen.</summary>
    public int Picks { get; init; }

    /// <summary>Parts of these images that were chosen; 0: whole images.</summary>
    public int Parts { get; init; }

    /// <summary>How many of them have a label by now.</summary>
    public int Labelled { get; init; }

    public string Strategy { get; init; } = "";

    /// <summary>The run's options, as JSON.</summary>
    [JsonConverter(typeof(RawJson))]
    public string Options { get; init; } = "{}";

    public long Seed { get; init; }

    /// <summary>How many images were asked for.</summary>
    public int Budget { get; init; }

    /// <summary>Health of the ranking, as JSON; null where nothing was trained.</summary>
    [JsonConverter(typeof(RawJson))]
    public string? Health { get; init; }

    public DateTimeOffset Started { get; init; }

    public DateTimeOffset Finished { get; init; }

    /// <summary>How much was chosen, in words: <c>12</c>, or <c>40 parts of 12</c>.</summary>
    [JsonIgnore]
    public string Chosen =>
        string.Create(CultureInfo.InvariantCulture,
            $"{(Parts > 0 ? $"{Counted.Of(Parts, "part")} of " : "")}{Picks:N0}");
}
