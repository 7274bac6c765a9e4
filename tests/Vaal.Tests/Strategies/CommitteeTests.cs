using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>Several opinions of one image: passes with dropout, and task models of several seeds.</summary>
public sealed class CommitteeTests
{
    [Fact]
    public void Committee_Members_DifferAndTheFirstIsTheTaskModel()
    {
        using var images = TinyImages.Set(40);
        using var networks = Networks(images);
        var members = networks.Committee(3);
        Assert.Same(networks.Task, members[0]);
        Assert.Equal(members, networks.Committee(3));                                  // trained once
        Assert.Equal(3, members.Select(m => m.state_dict().First().Value.data<float>()[0]).Distinct().Count());
    }

    [Fact]
    public void Committee_OfOne_IsTheTaskModelOfBefore()
    {
        using var images = TinyImages.Set(40);
        using Networks alone = Networks(images), many = Networks(images);
        many.Committee(2);
        Assert.Empty(TensorsOf.Changed(Weights(alone.Task), Weights(many.Task)));

        static SortedDictionary<string, byte[]> Weights(TaskModel m) =>
            TensorsOf.Copy(m.state_dict().Select(p => (p.Key, p.Value)));
    }

    [Theory]
    [InlineData("ensemble-varr")]
    [InlineData("qbc")]
    public void Strategy_Choice_IsBruteForces(string name)
    {
        using var images = TinyImages.Set(40);
        using var networks = Networks(images);
        var members = networks.Committee(CommitteeStrategy.Members);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var member in members) member.eval();
        int[] unlabelled = [.. Enumerable.Range(20, 20)];
        var expected = unlabelled.Select(id =>
        {
            var p = members.Select(
                m => m.call(Image(images, id)).to(ScalarType.Float64).softmax(1).data<double>().ToArray()).ToArray();
            double[] votes = [.. p.GroupBy(q => Array.IndexOf(q, q.Max())).Select(g => (double)g.Count() / p.Length)];
            var confidence = Enumerable.Range(0, 4).Max(k => p.Average(q => q[k]));
            return (Id: id, Score: (name == "qbc" ? -votes.Sum(v => v * Math.Log(v)) : 1 - votes.Max()) +
                1e-3 * (1 - confidence));
        }).OrderByDescending(p => p.Score).Take(7).ToList();
        var chosen = QueryStrategies.Create(name)
            .Select(new() { Pool = TinyImages.Pool(images, 20), Budget = 7, Seed = 1, Networks = networks });
        Assert.Equal(expected.Select(e => e.Id), chosen.Ids);
        foreach (var (e, s) in expected.Zip(chosen.Scores)) Assert.Equal(e.Score, s, 1e-5);
    }

    /// <summary>Twice the budget on which the members differ most; of these, those that represent all unlabelled images
    /// in the task model's features.</summary>
    [Fact]
    public void SuggestiveAnnotation_TaskModels_RepresentsThePoolByWhatTheyAreLeastSureOf()
    {
        using var images = TinyImages.Set(80);
        using var networks = Networks(images);
        var members = networks.Committee(CommitteeStrategy.Members);
        int[] unlabelled = [.. Enumerable.Range(20, 60)];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var member in members) member.eval();
        int[] unsure = [.. unlabelled.OrderByDescending(id =>
        {
            var p = members.Select(m =>
                m.call(Image(images, id)).to(ScalarType.Float64).softmax(1).data<double>().ToArray()).ToArray();
            return Enumerable.Range(0, 4).Average(k =>
                Math.Sqrt(p.Average(q => q[k] * q[k]) - Math.Pow(p.Average(q => q[k]), 2)));
        }).Take(10)];
        var pool = TaskFeatures.Of(networks, images, unlabelled);
        var candidates = pool.index_select(0, tensor([.. unsure.Select(id => (long)id - 20)]));
        IEnumerable<int> Of(Tensor represented) =>
            FacilityLocation.Choose(candidates, represented, 5, seed: 1).Select(i => unsure[i]);
        Assert.NotEqual(Of(pool), Of(candidates));
        var query = new Query { Pool = TinyImages.Pool(images, 20), Budget = 5, Seed = 1, Networks = networks };
        Assert.Equal(Of(pool), QueryStrategies.Create("suggestive-annotation").Select(query).Ids);
    }

    [Fact]
    public void DropoutPasses_NetworkWithoutDropout_DropsHalfOfItsFeatures()
    {
        using var scope = NewDisposeScope();
        using var images = TinyImages.Set(40);
        using var networks = Networks(images);
        var task = TinyImages.Disagreeing(networks, images);
        using var noGrad = no_grad();
        var x = Augment.Normalise(images.Batch([0, 1, 2, 3, 4]));
        task.train();
        var p = DropoutPasses.Probabilities(task, x, passes: 3, seed: 7);
        Assert.Equal([3, 5, 4], p.shape);
        Assert.True(task.training);
        task.eval();
        for (var t = 0; t < 3; t++)
        {
            using var random = new Generator((ulong)Seeds.Derive(7, "dropout pass", t));
            var kept = rand([1, 128], generator: random).ge(0.5).to(ScalarType.Float32);     // the same for all five
            var expected = task.Classify(task.Features(x) * kept * 2).softmax(1);
            Assert.InRange((p[t] - expected).abs().max().item<float>(), 0, 1e-4);
        }
        Assert.InRange((p[0] - p[1]).abs().max().item<float>(), 1e-3, 1);                     // another network
    }

    /// <summary>So many images, then the same once more: copies lie in other batches than their originals.</summary>
    private static ImageSet WithCopies(int count)
    {
        using var once = TinyImages.Set(count);
        return once.Subset([.. Enumerable.Range(0, 2 * count).Select(i => i % count)]);
    }

    [Theory]
    [InlineData("mc-dropout")]
    [InlineData("dbal")]
    public void DropoutStrategy_CopiesInThePool_HaveTheScoresOfTheirOriginals(string name)
    {
        using var images = WithCopies(320);
        using var networks = Networks(images);
        TinyImages.Disagreeing(networks, images);
        var query = new Query { Pool = TinyImages.Pool(images, 20), Budget = 620, Seed = 1, Networks = networks };
        var chosen = QueryStrategies.Create(name).Select(query);
        var scores = chosen.Ids.Zip(chosen.Scores).ToDictionary(c => c.First, c => c.Second);
        for (var id = 20; id < 320; id++) Assert.Equal(scores[id], scores[id + 320], 1e-3);
        Assert.True(scores.Values.Max() - scores.Values.Min() > 0.05, $"{name} gives all images one score");
    }

    // passes that are another network for every image would count a copy as news
    [Fact]
    public void BatchBald_CopiesInThePool_AreNotChosenBesideTheirOriginals()
    {
        using var images = WithCopies(320);
        using var networks = Networks(images);
        TinyImages.Disagreeing(networks, images);
        var query = new Query { Pool = TinyImages.Pool(images, 20), Budget = 4, Seed = 1, Networks = networks };
        var chosen = QueryStrategies.Create("batch-bald").Select(query);
        Assert.Equal(4, chosen.Ids.Select(id => id % 320).Distinct().Count());
        var alone = QueryStrategies.Create("dbal").Select(query);
        Assert.Equal(2, alone.Ids.Select(id => id % 320).Distinct().Count());     // which counts them one by one
        Assert.All(chosen.Scores, nats => Assert.InRange(nats, 0.01, Math.Log(4)));
        Assert.InRange(chosen.Scores.Sum(), 0.1, Math.Log(BatchBaldStrategy.Passes));
    }

    // the first image is found without a draw, so only other masks change what it tells
    [Fact]
    public void BatchBald_OtherSeed_DropsOtherFeatures()
    {
        using var images = TinyImages.Set(80);
        using var networks = Networks(images);
        TinyImages.Disagreeing(networks, images);
        var query = new Query { Pool = TinyImages.Pool(images, 20), Budget = 1, Seed = 1, Networks = networks };
        float Nats(long seed) => QueryStrategies.Create("batch-bald").Select(query.With(seed: seed)).Scores[0];
        Assert.Equal(Nats(1), Nats(1));
        Assert.NotEqual(Nats(1), Nats(2));
    }

    // independent masks gave a correlation of −0.02 between an image and its copy
    [Fact]
    public void DropoutPasses_AnImageInTwoBatches_PassesThroughTheSameNetworks()
    {
        using var scope = NewDisposeScope();
        using var images = TinyImages.Set(40);
        using var networks = Networks(images);
        var task = TinyImages.Disagreeing(networks, images);
        using var noGrad = no_grad();
        Tensor Passes(params int[] ids) =>
            DropoutPasses.Probabilities(task, Augment.Normalise(images.Batch(ids)), 50, seed: 5);
        var (alone, among) = (Passes(3).squeeze(1), Passes(0, 1, 2, 3, 4, 5));
        Assert.InRange((alone - among.select(1, 3)).abs().max().item<float>(), 0, 1e-3);
        Assert.True(alone.std([0]).max().item<float>() > 0.01);
    }

    [Fact]
    public void DropoutPasses_NetworkWithDropout_UsesItsOwnAndLeavesThemAsTheyWere()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var task = new Dropping();
        var x = ones(2, 1, 32, 32);
        var p = DropoutPasses.Probabilities(task, x, passes: 40, seed: 1);
        Assert.Equal([40, 2, 2], p.shape);
        Assert.Equal(2, p.select(2, 0).flatten().data<float>().Distinct().Count());      // kept or dropped
        Assert.Equal(task.call(x).data<float>().ToArray(), task.eval_().call(x).data<float>().ToArray());
    }

    private static Networks Networks(ImageSet images) =>
        new(TinyImages.Pool(images, 20), TinyImages.Vaal, TinyImages.Task, classes: 4);

    private static Tensor Image(ImageSet images, int id) =>
        tensor(Array.ConvertAll(images[id].ToArray(), b => (b / 255f - 0.5f) / 0.5f)).view(1, 1, 32, 32);

    /// <summary>Its one feature, 1 for every image of ones, passes a dropout of one quarter; logits are it and
    /// 0.</summary>
    private sealed class Dropping : TaskModel
    {
        private readonly Dropout dropout = new(0.25);

        public Dropping() : base(nameof(Dropping), 1, 2, 1)
        {
            RegisterComponents();
            eval();
        }

        public Dropping eval_()
        {
            eval();
            return this;
        }

        public override Tensor Features(Tensor x)
        {
            using var mean = x.mean([1, 2, 3]).unsqueeze(1);
            return dropout.call(mean);
        }

        internal override Tensor Classify(Tensor features) => cat([features, zeros_like(features)], 1);
    }
}
