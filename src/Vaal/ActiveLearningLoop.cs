using Vaal.Data;
using Vaal.Oracles;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>
/// Active learning with Algorithm 2 of the paper, simulated on a data set whose labels are known: train, choose b
/// images, ask the oracle, move them to the labelled pool, train again from scratch. The numbers are the lines of
/// Algorithm 2. A loop runs once.
/// </summary>
public sealed class ActiveLearningLoop
{
    private readonly Simulation _simulation;
    private readonly RunObserver _observer;
    private readonly int _classes;
    private bool _ran;

    /// <param name="device">where networks are trained; null: the CPU</param>
    /// <param name="oracle">who labels; null: the data set's own classes, as the options say. One of your own needs
    /// images with one class each; the pool needs no classes then, but their names and a test set</param>
    /// <exception cref="InputException">the options and the data do not go together</exception>
    public ActiveLearningLoop(LoopOptions options, DataSet data, Device? device = null, IOracle? oracle = null)
        : this(options, data, observer: null, device) => Oracle = oracle;

    /// <param name="observer">keeps the rounds, so that a run goes on where it was; null: nobody</param>
    internal ActiveLearningLoop(LoopOptions options, DataSet data, RunObserver? observer, Device? device = null)
    {
        _simulation = new Simulation(options, data, device ?? CPU);
        (_observer, Pool, _classes) = (observer ?? new RunObserver(), new Pool(data.Pool), data.ClassNames.Count);
    }

    /// <summary>Which images are labelled by now, and with what.</summary>
    public Pool Pool { get; }

    /// <summary>Who labels; null: the data set's own classes, as <see cref="LoopOptions.Noise"/> and
    /// <see cref="LoopOptions.LabelsFrom"/> say.</summary>
    internal IOracle? Oracle { get; init; }

    /// <summary>No other run shares this process, so that its memory can be measured.</summary>
    internal bool Alone { get; init; } = true;

    /// <summary>Folder where runs that begin with the same labels share their first task model; null: each trains its
    /// own.</summary>
    internal string? FirstRounds { get; init; }

    /// <summary>Runs all rounds. A second run needs another loop.</summary>
    /// <param name="finished">called after each round</param>
    /// <param name="cancel">looked at while networks are trained and asked, and before each question to an oracle of
    /// your own</param>
    /// <returns>one result a round</returns>
    /// <exception cref="OperationCanceledException">it was cancelled</exception>
    /// <exception cref="InputException">the oracle is missing or does not suit the images, it or the strategy answered
    /// what cannot be, or the labels are too few to learn from</exception>
    /// <exception cref="InvalidOperationException">it ran before, to the end or not</exception>
    /// <exception cref="ObjectDisposedException">the data set is disposed</exception>
    public IReadOnlyList<RoundResult> Run(
        Action<TrainEvent>? report = null, Action<RoundResult>? finished = null, CancellationToken cancel = default)
    {
        if (_ran) throw new InvalidOperationException("a loop runs once; make another one");
        _simulation.CheckData();
        var oracle = _simulation.Oracle(Oracle);
        _ran = true;
        Label(_simulation.FirstImages, oracle, cancel);                          // the initial labelled pool
        List<RoundResult> rounds = [.. _observer.Rounds()];                      // of an earlier start
        foreach (var round in rounds) Label(_observer.Trusted(round.Picks, Pool), oracle, cancel);

        // a round that chose nothing is the last: nothing was left, or no label could be paid
        while (rounds.Count < _simulation.Rounds && rounds is not [.., { Picks.Count: 0 }])
        {
            var round = Round(rounds.Count, report, cancel);                     // train, test, choose
            Label(round.Picks, oracle, cancel);                                  // 2.–4.
            rounds.Add(round);
            _observer.Finished(rounds, Pool.Images);
            finished?.Invoke(round);
        }
        return rounds;
    }

    private RoundResult Round(int round, Action<TrainEvent>? report, CancellationToken cancel)
    {
        // each network is trained from scratch when it is first asked for
        using var networks = _simulation.Networks(Pool, round, _observer, FirstRounds, report, cancel);
        var meter = new RoundMeter(networks, Alone);
        // train T on the labelled images, test it
        var test = meter.Task(() => _simulation.Test(networks, round, Pool));
        // 1. X_s: the b images with the lowest D (VaalStrategy), or what another strategy takes
        var picks = meter.Select(() => _simulation.Choose(networks, round, Pool, report, cancel));
        var health = _simulation.Health(networks, round, Pool);
        _observer.Chosen(round, networks, Pool.Images, picks);
        return meter.Of(new(round, Pool.Labelled.Count, test.Measure, picks, taskSeconds: 0, selectSeconds: 0, health)
        {
            Cost = _simulation.CostOf(Pool.Labelled),
            Masks = test.Masks,
            MultiLabel = test.MultiLabel,
        });
    }

    // 2. ask the oracle; 3.–4. move from the unlabelled to the labelled pool. A person takes minutes for an answer
    private void Label(IEnumerable<int> ids, IOracle oracle, CancellationToken cancel)
    {
        foreach (var id in ids)
        {
            if (Oracle is not null) cancel.ThrowIfCancellationRequested();
            Pool.Label(id, Answer(id, oracle));
        }
    }

    // the data set itself says -1 of an image whose class is not known, or whose label is not one class
    private int Answer(int id, IOracle oracle)
    {
        var answer = oracle.Label(id);
        return answer < _classes && (answer >= 0 || Oracle is null) ? answer : throw new InputException(
            $"image {id}: expected a class 0..{_classes - 1} of the oracle, found {answer}");
    }
}
