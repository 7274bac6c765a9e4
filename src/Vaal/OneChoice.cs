using System.Text.Json;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Records;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>One choice under way.</summary>
/// <param name="features">of the pool's images by an encoder; null: there are none</param>
internal sealed class OneChoice(NextOptions options, ChoiceRequest request, FeatureRows? features, Device device)
{
    private readonly Pool _pool = request.Pool;
    private readonly int _budget = options.Budget ?? throw new ArgumentException("a choice needs a budget");
    private readonly TrainingRecord _training = new();

    // each round draws anew: with equal draws 'random' would take the neighbours of what it took before
    private readonly long _seed =
        request.Round == 0 ? options.Seed : Seeds.Derive(options.Seed, "round", request.Round);

    private IEnumerable<int> Free => _pool.Unlabelled.Where(id => !request.Waiting.Contains(id));

    // where the networks of the choice are kept; null: nowhere
    private string? Models => request.Folder is { } folder ? Path.Combine(folder, "models") : null;

    public Choice Make()
    {
        // of another choice that was stopped
        if (Directory.Exists(Models)) Directory.Delete(Models, recursive: true);
        // with one image a group the sample would not be uniform over the pool
        int[] offer = options.Diverse && options.Strategy != "random"
            ? DiverseBatch.Offer(_pool, request.Images, request.Waiting, _budget)
            : [.. Free];
        if (offer.Length == 0) throw new InputException(request.Waiting.Count == 0
            ? "every image of the pool has a label; there is nothing left to choose"
            : $"every image of the pool has a label or waits for one: {request.Waiting.Count} that earlier rounds " +
                $"chose have none yet");

        if (features is not null) offer = [.. offer.Where(features.Has)];
        if (offer.Length == 0)
            throw new InputException("expected images with features to choose from, found none; 'vaal init' lists why");

        var name = options.Strategy;
        if (offer.Length <= _budget)
            return Rest(name, offer, all: offer.Length == Free.Count(id => features?.Has(id) != false));
        if (_pool.Labelled.Count == 0 && features is not null && QueryStrategies.Create(name).NeedsLabels)
            name = "coverage";
        var strategy = QueryStrategies.Create(name);
        using var networks = NetworksOf(request.Folder, _seed);
        var cold = _pool.Labelled.Count == 0 && strategy.NeedsLabels;
        var selection = cold ? SpreadOut(offer, networks) : Best(offer, name, strategy, networks);
        IReadOnlyList<string> reasons = [
            .. selection.Ids.Select((_, i) => cold
                ? "spread-out first batch"
                : strategy.Reason(i < selection.Scores.Count ? selection.Scores[i] : null))];
        if (Models is { } folder) Keep(networks, selection, folder);
        var health = networks.TrainedVaal is null ? null : Health(networks);
        if (!cold && health is not null) health = QueryStrategies.Judged(strategy, health);
        if (!cold && features is not null
            && HealthCheck.Unlike(_pool, request.Images, _seed, features) is { } unlike)
            health = (health ?? new RankingHealth()) with { Unlike = unlike };
        return new(name, selection, reasons, cold, JsonSerializer.Serialize(options, Json.Options), health?.ToJson());
    }

    /// <summary>Every image that is offered: no ranking changes that, so nothing is trained.</summary>
    /// <param name="all">no image is left out because another one looks like it</param>
    private Choice Rest(string name, int[] offer, bool all) =>
        new(name, new Selection(offer, []), [.. offer.Select(_ => all ? Choice.AllThatIsLeft : Choice.AllThatDiffer)],
        ColdStart: false, JsonSerializer.Serialize(options, Json.Options), Health: null);

    private void Keep(Networks networks, Selection selection, string folder)
    {
        networks.Save(folder);
        RoundArtifacts.Measure(
            networks.TrainedPair, _pool.Restrict(Free), request.Images, selection.Ids, _training, _seed,
            request.Cancel)
            .Save(folder);
    }

    private void Listen(TrainEvent e)
    {
        _training.Add(e);
        request.Report?.Invoke(e);
    }

    private Selection Best(int[] offer, string name, IQueryStrategy strategy, Networks networks)
    {
        var query = new Query
        {
            Pool = Offered(offer),
            Budget = Math.Min(offer.Length, _budget),
            Seed = Seeds.Derive(_seed, "select", 0),
            Networks = networks,
            Features = features is null ? FeatureSource.Latent : new FeatureSource(features),
            Report = Listen,
            Cancel = request.Cancel,
        };
        return DiverseBatch.Select(strategy, query, options.CandidatesToThinOut, name);
    }

    // away from the images that wait for a label: they count as labelled
    private Selection SpreadOut(int[] offer, Networks networks)
    {
        using var latent = networks.Vaal.Latent(_pool.Images, offer, Listen, request.Cancel);
        using var waiting = request.Waiting.Count == 0 ? null
            : networks.Vaal.Latent(_pool.Images, [.. request.Waiting.Order()], Listen, request.Cancel);
        var seed = Seeds.Derive(_seed, "first batch", 0);
        return new(
            [.. KCenter.PlusPlus(latent, _budget, seed, waiting, request.Cancel, Listen)
                .Select(i => offer[i])], []);
    }

    private RankingHealth Health(Networks networks)
    {
        var health = HealthCheck.Measure(
            networks.Vaal, _pool.Images, _seed, [.. _pool.Labelled, .. _pool.Unlabelled]);
        if (_pool.Labelled.Count > 0)
            health = health with { Sample = HealthCheck.Sample(_pool, request.Unchosen, _seed, features) };
        if (!options.Thorough || _pool.Labelled.Count == 0) return health;
        using var second = NetworksOf(request.Folder is not { } folder
            ? null
            : Path.Combine(folder, "second"), Seeds.Derive(_seed, "second training", 0));
        // both have learned that what waits is labelled
        return health.ComparedWith(second.Vaal, networks.Vaal, _pool.Images,
            [.. Free], _seed);
    }

    // each is trained when a strategy first asks for it
    private Networks NetworksOf(string? folder, long seed)
    {
        if (folder is not null) Directory.CreateDirectory(folder);
        var classes = request.Classes ?? LearningTask.Of(_pool.Images).ClassesIn(_pool);
        // before the first label a VAE is trained alone
        var pool = _pool.Labelled.Count == 0 ? _pool : WaitingAsLabelled([.. Free]);
        return new(pool, options.Vaal, options.Task, classes, seed, device)
        {
            Report = Listen,
            Cancel = request.Cancel,
            Checkpoints = folder,
            Key = request.Key,
            PixelReduction = options.PixelReduction,
            TopPixels = options.TopPixels,
        };
    }

    // left out are images of which the encoder could make no features
    private Pool Offered(int[] offer) => WaitingAsLabelled(offer, id => features?.Has(id) != false);

    // An image that waits for its label will have one: a batch that did not keep away from it would be of images like
    // it. It has no class yet.
    private Pool WaitingAsLabelled(int[] unlabelled, Func<int, bool>? wanted = null)
    {
        int[] labelled = [.. _pool.Labelled.Concat(request.Waiting).Distinct().Where(wanted ?? (_ => true))];
        var pool = new Pool(_pool.Images, [.. labelled, .. unlabelled]);
        foreach (var id in labelled) pool.Label(id, _pool.IsLabelled(id) ? _pool.ClassOf(id) : -1);
        return pool;
    }
}
