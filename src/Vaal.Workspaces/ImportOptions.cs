using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>How labels are imported.</summary>
internal sealed record ImportOptions
{
    /// <summary>A name in <see cref="LabelFormats"/>; null: detected.</summary>
    public string? Format { get; init; }

    /// <summary>Who labelled; null: the name in the file, else the user's name.</summary>
    public string? By { get; init; }

    /// <summary>Say what would change, and change nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>A label that contradicts an existing one replaces it, instead of being listed.</summary>
    public bool Replace { get; init; }

    /// <summary>Classes that are not declared are added to the declared ones, instead of being refused.</summary>
    public bool NewClasses { get; init; }

    /// <summary>The file only names images: they have their labels elsewhere.</summary>
    public bool Elsewhere { get; init; }

    /// <summary>Is told how far the import is.</summary>
    public Action<TrainEvent>? Report { get; init; }

    public CancellationToken Cancel { get; init; }
}
