using Vaal.Data;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Strategies;

/// <summary>The query strategies by name. Help texts, lists and contract tests follow from this table.</summary>
public static class QueryStrategies
{
    private static readonly SortedDictionary<string, (string Description, Func<IQueryStrategy> Create)> BuiltIn =
        new(StringComparer.Ordinal)
        {
            ["alpha-mix"] = (
                "whose class changes when labelled images' features are mixed in; spread out (Parvaneh et al. 2022)",
                () => new AlphaMixStrategy()),
            ["badge"] = (
                "that are uncertain and unlike each other, by gradients of the last layer (Ash et al. 2020)",
                () => new BadgeStrategy()),
            ["batch-bald"] = (
                "whose classes together tell most about the weights; for small batches (Kirsch et al. 2019)",
                () => new BatchBaldStrategy()),
            ["core-set"] = (
                "that are far from all labelled images in the task model's features (Sener and Savarese 2018)",
                () => new CoreSetStrategy()),
            ["coverage"] = (
                "that cover most of what labelled images do not; needs no classes (MaxHerding, Bae et al. 2024)",
                () => new CoverageStrategy()),
            ["dal"] = (
                "that a classifier distinguishes from the labelled ones, in slices (Gissin and Shalev-Shwartz 2019)",
                () => new DalStrategy()),
            ["dbal"] = (
                "on which passes with dropout are each sure, but disagree: BALD (Gal et al. 2017)",
                () => new DbalStrategy()),
            ["drop-query"] = (
                "whose class changes when features are left out; typical ones of them (Gupte et al. 2024)",
                () => new DropQueryStrategy()),
            ["ensemble-varr"] = (
                "on which the majority of an ensemble is small: variation ratio (Beluch et al. 2018)",
                () => new EnsembleVarRStrategy()),
            ["entropy"] = ("for which the task model finds many classes possible", () => new EntropyStrategy()),
            ["facility-location"] = (
                "that represent most of what labelled images do not, by cosine (Wei et al. 2015)",
                () => new FacilityLocationStrategy()),
            ["learning-loss"] = (
                "for which a module beside the task model predicts a high loss (Yoo and Kweon 2019)",
                () => new LearningLossStrategy()),
            ["least-confidence"] = ("whose most probable class is improbable", () => new LeastConfidenceStrategy()),
            ["margin"] = ("whose two most probable classes are nearly as probable", () => new MarginStrategy()),
            ["mc-dropout"] = (
                "for which passes with dropout find many classes possible (Gal and Ghahramani 2016)",
                () => new McDropoutStrategy()),
            ["prob-cover"] = (
                "that are like many others, but like no labelled one; for few labels or none (Yehuda et al. 2022)",
                () => new ProbCoverStrategy()),
            ["qbc"] = (
                "on which a committee votes for different classes (Dagan and Engelson 1995)",
                () => new QbcStrategy()),
            ["random"] = ("at random, all equally likely; the baseline", () => new RandomStrategy()),
            ["suggestive-annotation"] = (
                "on which an ensemble disagrees, and that are like many others (Yang et al. 2017)",
                () => new SuggestiveAnnotationStrategy()),
            ["ta-vaal"] = (
                "as vaal, with a module that also ranks images by their predicted loss (Kim et al. 2021)",
                () => new TaVaalStrategy()),
            ["typiclust"] = (
                "that are typical of clusters with few labels; for few labels or none (Hacohen et al. 2022)",
                () => new TypiClustStrategy()),
            ["uncertainty-coverage"] = (
                "that cover most of what a linear head is unsure of (UHerding, Bae et al. 2025)",
                () => new UncertaintyCoverageStrategy()),
            ["vaal"] = ("that look least labelled to the discriminator (Sinha et al. 2019)", () => new VaalStrategy()),
            ["vaal-features"] = (
                "as vaal, on images' features in place of their pixels",
                () => new VaalFeaturesStrategy()),
            ["vaal-frozen-vae"] = (
                "as vaal, with a VAE that learns nothing from the discriminator (ablation)",
                () => new VaalStrategy(Ablation.FrozenVae)),
            ["vaal-no-discriminator"] = (
                "as vaal, by the distance to the labelled images in the VAE's latent space (ablation)",
                () => new VaalNoDiscriminatorStrategy()),
            ["vaal-no-vae"] = (
                "as vaal, with a discriminator on images (ablation)",
                () => new VaalStrategy(Ablation.NoVae)),
        };

    // replaced and never changed, so that others may read meanwhile
    private static volatile SortedDictionary<string, (string Description, Func<IQueryStrategy> Create)> _table =
        BuiltIn;

    private static readonly Lock Gate = new();

    /// <summary>Names, in alphabetical order.</summary>
    public static IReadOnlyCollection<string> Names => _table.Keys;

    /// <summary>Every strategy in a line: what it needs, what it is not for, and how it chooses.</summary>
    public static Report List() => new StrategyTable();

    /// <summary>Adds a strategy of your own: options that take a strategy's name then take it too.</summary>
    /// <param name="name">lower-case letters, digits and hyphens, such as <c>brightest</c></param>
    /// <param name="description">one line for help texts, such as <c>that are brightest</c></param>
    /// <param name="create">makes a new instance; it is called once a round</param>
    /// <exception cref="ArgumentException">the name is taken or has other characters, or the description has more
    /// than one line</exception>
    public static void Register(string name, string description, Func<IQueryStrategy> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        TableName.Check(name);
        TableName.CheckLine(description);
        lock (Gate)
        {
            if (name == NextOptions.Auto || _table.ContainsKey(name)) throw TableName.Taken(name);
            _table = new(_table, StringComparer.Ordinal) { [name] = (description, create) };
        }
    }

    /// <summary>How to get a network as task model: as an option of a command, and as a key of a
    /// configuration.</summary>
    internal const string TakeANetwork =
        "choose small-cnn as task model (--task, or \"task\": { \"model\": … } in a configuration)";

    /// <summary>Why a strategy cannot choose beside a task model; null: it can, or one of the two is unknown.</summary>
    /// <param name="model">a name of <see cref="TaskModels"/></param>
    /// <param name="encoder">an encoder's features are there to compare images by</param>
    /// <param name="several">an image may have several classes</param>
    internal static string? Problem(string name, string model, bool encoder, bool several = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_table.TryGetValue(name, out var entry)) return null;
        if (several && Refusal(LearningTask.For(LabelForm.Classes), name) is { } refusal) return refusal;
        if (!TaskModels.OnFeatures.Contains(model)) return null;
        var strategy = Made(name, entry.Create);
        if (!strategy.NeedsNetwork(encoder)) return null;
        var instead = strategy.NeedsNetwork(encoder: true) ? "choose with a strategy on features, such as coverage"
            : "compare images by an encoder's features";
        return $"expected a network as task model for '{name}', found {model}, which is a head on features; "
            + $"{TakeANetwork}, or {instead}";
    }

    /// <summary>Why a strategy cannot choose for a task; null: it can. One of the user's own says itself whether it
    /// needs the class of an image.</summary>
    internal static string? Refusal(LearningTask task, string name) =>
        !BuiltIn.ContainsKey(name) && _table.TryGetValue(name, out var own)
            && !Made(name, own.Create).NeedsImageClasses ? null : task.Refusal(name);

    /// <summary>The health with its verdict, where it is that of the ranking. Other strategies compare images by the
    /// VAE's latent, or rank by a discriminator of their own.</summary>
    internal static RankingHealth Judged(IQueryStrategy strategy, RankingHealth health) =>
        strategy.JudgesAlone && strategy is not VaalFeaturesStrategy ? health.Judged() : health;

    internal static void Unregister(string name)
    {
        lock (Gate)
        {
            SortedDictionary<string, (string Description, Func<IQueryStrategy> Create)> left =
                new(_table, StringComparer.Ordinal);
            left.Remove(name);
            _table = left;
        }
    }

    /// <summary>One line about a strategy.</summary>
    /// <exception cref="InputException">there is no such strategy; the message lists all</exception>
    internal static string Describe(string name) => Find(name).Description;

    /// <exception cref="InputException">there is no such strategy; the message lists all. Or what was registered makes
    /// none</exception>
    public static IQueryStrategy Create(string name) => Made(name, Find(name).Create);

    private static IQueryStrategy Made(string name, Func<IQueryStrategy?> create) =>
        create() ?? throw new InputException($"the strategy '{name}': expected a strategy, found null");

    private static (string Description, Func<IQueryStrategy> Create) Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _table.TryGetValue(name, out var entry) ? entry
            : throw new InputException(Unknown.Name("query strategy", name, Names));
    }
}
