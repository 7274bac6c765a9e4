namespace Vaal.Data.Labels;

/// <summary>One image to be written.</summary>
/// <param name="Image">path relative to the image folder, with <c>/</c></param>
/// <param name="File">where it lies</param>
/// <param name="Width">of the original, in pixels</param>
/// <param name="Height">of the original, in pixels</param>
internal sealed record ExportRow(string Image, string File, int Width, int Height)
{
    /// <summary>The class somebody gave; null together with no shapes: not labelled yet.</summary>
    public string? Class { get; init; }

    public IReadOnlyList<Shape> Shapes { get; init; } = [];

    /// <summary>The classes somebody gave where an image may have several; empty: none of them. Null: not labelled yet,
    /// or it has one.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>The classes of the image as a whole, which its shapes do not have.</summary>
    internal IEnumerable<string> Whole => Classes?.Except(Shapes.Select(s => s.Class).OfType<string>())
        ?? (Class is null ? [] : [Class]);

    /// <summary>The classes as a cell of a table; null: not labelled yet.</summary>
    internal string? Cell => Classes is null ? Class : ClassSet.ToCell(Classes);

    /// <summary>Who labelled it; null: not labelled yet.</summary>
    internal string? Annotator { get; init; }

    /// <summary>When they did.</summary>
    internal DateTimeOffset? When { get; init; }

    /// <summary>Place among the chosen, from 1.</summary>
    public int? Rank { get; init; }

    public double? Score { get; init; }

    /// <summary>Why it was chosen, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>The parts of it that are to be labelled, best first; empty: all of it.</summary>
    public IReadOnlyList<ChosenRegion> Regions { get; init; } = [];

    /// <summary>The class that a task model suggests; several as a cell of a table.</summary>
    public string? PreLabel { get; init; }

    /// <summary>Of <see cref="PreLabel"/>, 0..1; null: not known.</summary>
    public double? PreLabelProbability { get; init; }

    /// <summary>Somebody looked and found nothing.</summary>
    public bool Nothing { get; init; }

    /// <summary>Of the test set, which formats with a place for it keep apart.</summary>
    internal bool Test { get; init; }

    /// <summary>Why its file may not be read; null: it may.</summary>
    internal string? Outside { get; init; }

    /// <summary>Why its label cannot be right, and was left out; null: it was not.</summary>
    internal string? Impossible { get; init; }

    /// <summary>The row without a label that would make a file nobody can read.</summary>
    internal ExportRow Checked()
    {
        (int, int)? size = Width > 0 && Height > 0 ? (Width, Height) : null;
        var problem = Shapes.Select(s => Geometry.Problem(s, size)).FirstOrDefault(p => p is not null);
        return problem is null ? this
            : this with
            {
                Class = null,
                Classes = null,
                Shapes = [],
                Annotator = null,
                When = null,
                Nothing = false,
                Impossible = problem,
            };
    }

    internal bool Labelled => Class is not null || Classes is not null || Shapes.Count > 0 || Nothing;

    /// <summary>The same for a format in which an image has one class; where it has several, they stay.</summary>
    internal ExportRow OfOneClass() => (Classes, Whole.ToList()) switch
    {
        (null, _) => this,
        (_, [var only]) when Classes!.Count == 1 => this with { Class = only, Classes = null },
        (_, []) => this with { Classes = null, Nothing = Shapes.Count == 0 },
        _ => this,
    };
}

/// <summary>What is to be written, in this order.</summary>
/// <param name="Classes">class names in the project's order; others that rows carry are put after them</param>
internal sealed record ExportRequest(IReadOnlyList<ExportRow> Rows, IReadOnlyList<string> Classes)
{
    /// <summary>An image may have several classes.</summary>
    internal bool MultiLabel { get; init; }

    /// <summary>The class of pixels that no shape covers; null: they have none.</summary>
    internal string? Background { get; init; }

    /// <summary>The classes that a task model suggests for an image.</summary>
    internal IReadOnlyList<string> GuessesFor(ExportRow row) => row.PreLabel is not { } cell ? []
        : MultiLabel ? ClassSet.OfCell(cell, name => Classes.Contains(name)) : [cell];

    /// <summary>Is told how many images have been copied.</summary>
    internal Action<TrainEvent>? Report { get; init; }

    /// <summary>Stops the writing, which then leaves nothing.</summary>
    internal CancellationToken Cancel { get; init; }

    /// <summary>Kinds of shape that are to be drawn, beside those that rows have.</summary>
    internal IReadOnlyList<Type> Kinds { get; init; } = [];

    internal IReadOnlyList<string> AllClasses => field ??=
    [
        .. Classes.Concat(Rows.SelectMany(r => r.Shapes.Select(s => s.Class).Concat(GuessesFor(r))
            .Concat(r.Classes ?? []).Prepend(r.Class)).OfType<string>().Order(StringComparer.Ordinal)).Distinct(),
    ];
}
