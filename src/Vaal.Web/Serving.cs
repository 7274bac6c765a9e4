using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What the endpoints share.</summary>
internal sealed class Serving(LiveWorkspace live, Events events, Leases leases, ServeOptions options, string encoder)
{
    public LiveWorkspace Live => live;
    public Events Events => events;
    public Leases Leases => leases;

    /// <summary>Labels after which the ranking is learned anew.</summary>
    public int LearnEvery { get; set; } = options.LearnEvery;

    /// <summary>Name of the encoder; null: none.</summary>
    public string? Encoder { get; } = encoder == "none" ? null : encoder;

    /// <summary>Least probability at which a class is suggested; null: nothing is suggested.</summary>
    public double? SuggestAbove { get; set; }

    /// <summary>Share of the images that two people label, blind.</summary>
    public double Overlap { get; set; }

    /// <summary>Labels since the ranking was learned last.</summary>
    public int SinceLearned { get; set; }

    /// <summary>An image with what the head suggests for it.</summary>
    public ImageJson Image(Workspace workspace, Board board, int position) =>
        ImageJson.Of(workspace, board, position);

    /// <summary>Counts labels that were saved.</summary>
    public void Labelled(int count, string who)
    {
        SinceLearned += count;
        if (count > 0) events.Tell("panel");
    }

    /// <summary>Labels are shapes: somebody drew one, or the owner asked for it.</summary>
    public bool HasShapes(Board board) => board.Shapes > 0;
}
