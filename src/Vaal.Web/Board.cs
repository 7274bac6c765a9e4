using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// What the server knows of the workspace, in memory, so that no request reads the whole database. Positions are
/// numbers of usable images in the order of their ids. <see cref="Sync"/> follows the ledger, which tells of the
/// server's own changes and of those of other commands alike.
/// </summary>
internal sealed class Board
{
    private static readonly int[] _none = [];
    private readonly Dictionary<string, int> _classNumbers = [];
    private readonly Dictionary<int, PickRow> _picks = [];
    private readonly List<int[]> _single = []; // the class alone, shared by all its images
    private long _last = -1;
    private int[] _positions = []; // by id; -1: not usable
    private int[] _shuffled = [];
    private int[][] _classes = []; // by position
    private bool[] _hasShapes = [];
    private bool[] _known = []; // by position: there is a label, and it is here
    private bool[] _settled = [];
    private byte[] _oddities = [];
    private int _firstOpen;
    private int[] _groups = []; // by position: images that look alike, itself among them

    /// <summary>An image may have several classes.</summary>
    public bool MultiLabel { get; private set; }

    /// <summary>Usable images, by position.</summary>
    public ImageRow[] Rows { get; private set; } = [];

    /// <summary>By position.</summary>
    public ImageStatus[] Status { get; private set; } = [];

    /// <summary>Every class, declared or used, by number.</summary>
    public List<ClassTally> Classes { get; private set; } = [];

    /// <summary>How each class looks on the page.</summary>
    public IReadOnlyDictionary<string, ClassLook> Looks { get; private set; } = new Dictionary<string, ClassLook>();

    /// <summary>The last standing round; null: there is none.</summary>
    public RoundRow? Round { get; private set; }

    /// <summary>Positions that the standing rounds chose, the newest round's best first.</summary>
    public int[] Chosen { get; private set; } = [];

    /// <summary>Counts up with every change of the images, the labels or the rounds.</summary>
    public long Version => _last;

    public int Pool { get; private set; }
    public int Labelled { get; private set; }
    public int Unsure { get; private set; }
    public int Unusable { get; private set; }
    public int Test { get; private set; }
    public int TestLabelled { get; private set; }
    public int Unlabelled => Pool - Labelled - Unsure - Unusable;

    /// <summary>What each person said of an image that two people label, by the image's id.</summary>
    public Dictionary<int, List<Vote>> Votes { get; private set; } = [];

    /// <summary>Images with a shape.</summary>
    public int Shapes { get; private set; }

    /// <summary>How many images look like this one, itself among them.</summary>
    public int GroupSize(int position) => _groups[position];

    /// <summary>What is odd about the picture.</summary>
    public IReadOnlyList<string> FlagsOf(int position) => Oddity.Names(_oddities[position]);

    /// <summary>What is odd about the picture, as bits of <see cref="Oddity"/>.</summary>
    public byte OdditiesOf(int position) => _oddities[position];

    /// <summary>Where an image is; -1: there is no usable image with this id.</summary>
    public int PositionOf(int id) => id >= 0 && id < _positions.Length ? _positions[id] : -1;

    /// <summary>Classes of the image or of its shapes, by number.</summary>
    public ReadOnlySpan<int> ClassesOf(int position) => _classes[position];

    /// <summary>The image has a label whose classes are known, though there may be none.</summary>
    public bool IsKnown(int position) => _known[position];

    /// <summary>Its label ended a disagreement.</summary>
    public bool IsSettled(int position) => _settled[position];

    /// <summary>The number of a class; -1: there is none of this name.</summary>
    public int FindClass(string name) => _classNumbers.GetValueOrDefault(name, -1);

    /// <summary>What the standing round says of an image it chose.</summary>
    public PickRow? PickOf(int id) => _picks.GetValueOrDefault(id);

    /// <summary>Unlabelled images of the pool in the order in which they are to be labelled: what was chosen, then the
    /// others in an order that chance has fixed.</summary>
    public IEnumerable<int> Queue()
    {
        foreach (var position in Chosen)
            if (Status[position] == ImageStatus.Unlabelled) yield return position;
        while (_firstOpen < _shuffled.Length && Status[_shuffled[_firstOpen]] != ImageStatus.Unlabelled) _firstOpen++;
        for (var i = _firstOpen; i < _shuffled.Length; i++)
            if (Status[_shuffled[i]] == ImageStatus.Unlabelled && !_picks.ContainsKey(Rows[_shuffled[i]].Id))
                yield return _shuffled[i];
    }

    /// <summary>Test images that still need a label.</summary>
    public IEnumerable<int> TestQueue() => Enumerable.Range(0, Rows.Length)
        .Where(p => Rows[p].Test && Status[p] == ImageStatus.Unlabelled);

    /// <summary>Takes over what the ledger says since the last call.</summary>
    public void Sync(Workspace workspace)
    {
        var (last, images, all, actions) = workspace.ChangesSince(Math.Max(_last, 0));
        if (last == _last) return;
        if (_last < 0 || all) Load(workspace);
        else
        {
            foreach (var image in images)
            {
                if (PositionOf(image) is not (>= 0 and var at)) continue;
                Set(at, workspace.LabelFor(image), workspace.MarkOf(image));
                if (workspace.VotesOn(image) is { Count: > 0 } votes) Votes[image] = votes;
                else Votes.Remove(image);
            }
            if (actions) LoadClasses(workspace);
        }
        if (_last < 0 || all || actions) LoadRounds(workspace);
        _last = last;
    }

    private void Load(Workspace workspace)
    {
        Rows = workspace.UsableImages();
        _positions = new int[Rows.Length == 0 ? 0 : Rows[^1].Id + 1];
        Array.Fill(_positions, -1);
        for (var i = 0; i < Rows.Length; i++) _positions[Rows[i].Id] = i;
        (Status, _classes) = (new ImageStatus[Rows.Length], new int[Rows.Length][]);
        Array.Fill(_classes, _none);
        (_hasShapes, _known, _settled) = (new bool[Rows.Length], new bool[Rows.Length], new bool[Rows.Length]);
        (Labelled, Unsure, Unusable, TestLabelled, Shapes) = (0, 0, 0, 0, 0);
        Test = Rows.Count(r => r.Test);
        Pool = Rows.Length - Test;
        _classNumbers.Clear();
        _single.Clear();
        Classes = [];
        LoadClasses(workspace);
        foreach (var label in workspace.Labels())
            if (PositionOf(label.Image) is >= 0 and var at) Set(at, label, null);
        // an older version left the mark where a label came by an import
        foreach (var mark in workspace.Marks().Values)
            if (PositionOf(mark.Image) is >= 0 and var at && Status[at] != ImageStatus.Labelled)
                Set(at, null, mark.Value);
        var sizes = Rows.Where(r => r.NearGroup is not null).CountBy(r => r.NearGroup!.Value).ToDictionary();
        _groups = [.. Rows.Select(r => r.NearGroup is { } group ? sizes[group] : 1)];
        _oddities = Oddity.Of(Rows, workspace.Qualities());
        Votes = workspace.Votes();
        _shuffled = [.. Enumerable.Range(0, Rows.Length).Where(p => !Rows[p].Test)];
        new Random((int)Seeds.Derive(1, "queue", 0)).Shuffle(_shuffled);
        _firstOpen = 0;
    }

    private void LoadClasses(Workspace workspace)
    {
        var declared = workspace.DeclaredClasses;
        foreach (var tally in Classes) (tally.Declared, tally.Place) = (declared.Count == 0, int.MaxValue);
        foreach (var (place, name) in declared.Index())
        {
            var tally = Classes[NumberOf(name)];
            (tally.Declared, tally.Place) = (true, place);
        }
        Looks = workspace.ClassLooks;
        MultiLabel = workspace.IsMultiLabel;
    }

    private void LoadRounds(Workspace workspace)
    {
        var standing = workspace.RoundsToLabel();
        Round = standing.Count > 0 ? standing[^1] : null;
        _picks.Clear();
        var chosen = new List<int>();
        foreach (var round in standing.Reverse())
        {
            if (round.Labelled >= round.Picks && round != Round) continue;
            foreach (var pick in workspace.Picks(round.Id))
                if (PositionOf(pick.Image) is >= 0 and var at && _picks.TryAdd(pick.Image, pick)) chosen.Add(at);
        }
        Chosen = [.. chosen];
    }

    private void Set(int position, LabelRow? label, string? mark)
    {
        Count(position, -1);
        Status[position] = label is not null ? ImageStatus.Labelled : mark switch
        {
            "unsure" => ImageStatus.Unsure,
            "unusable" => ImageStatus.Unusable,
            _ => ImageStatus.Unlabelled,
        };
        _classes[position] = label switch
        {
            null => _none,
            { Class: { } only, ShapesJson: null } => _single[NumberOf(only)],
            { SetJson: not null } => [.. label.Classes.Select(NumberOf)],
            _ => [.. label.Shapes.Select(s => s.Class).Append(label.Class).OfType<string>().Distinct()
                .Select(NumberOf)],
        };
        if (Status[position] == ImageStatus.Unlabelled) _firstOpen = 0;
        var shapes = label?.ShapesJson is not null;
        if (shapes != _hasShapes[position]) Shapes += shapes ? 1 : -1;
        _hasShapes[position] = shapes;
        _known[position] = label is { Elsewhere: false };
        _settled[position] = label is { IsSettled: true };
        Count(position, 1);
    }

    private void Count(int position, int by)
    {
        var (status, test) = (Status[position], Rows[position].Test);
        foreach (var number in _classes[position])
        {
            if (test) Classes[number].Test += by;
            else Classes[number].Pool += by;
        }
        if (test) TestLabelled += status == ImageStatus.Labelled ? by : 0;
        else if (status == ImageStatus.Labelled) Labelled += by;
        else if (status == ImageStatus.Unsure) Unsure += by;
        else if (status == ImageStatus.Unusable) Unusable += by;
    }

    private int NumberOf(string name)
    {
        if (_classNumbers.TryGetValue(name, out var number)) return number;
        _classNumbers[name] = number = Classes.Count;
        Classes.Add(new ClassTally(name));
        _single.Add([number]);
        return number;
    }
}
