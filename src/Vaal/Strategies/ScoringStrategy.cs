using System.Globalization;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>A strategy that gives every image a score of its own and takes the highest.</summary>
public abstract class ScoringStrategy : IQueryStrategy
{
    /// <summary>Scores of a batch, (B), higher is more wanted. Called in inference mode; puts the networks it uses in
    /// eval mode and back.</summary>
    /// <param name="x">(B, C, H, W), about [-1, 1]</param>
    protected abstract Tensor Score(Tensor x, Networks net);

    public Selection Select(Query query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var ids = query.Pool.UnlabelledIds;
        Prepare(query);
        var scores = Scores(query, ids);
        if (Array.FindIndex(scores, float.IsNaN) is var at and >= 0)
            throw new InputException($"{GetType().Name}.Score: expected a number for each image, found NaN for image "
                + $"{ids[at]}");
        return TopB.Highest(ids, scores, query.Budget);
    }

    /// <summary>One score an image, in the order of <paramref name="ids"/>.</summary>
    private protected virtual float[] Scores(Query query, int[] ids) => PoolPass.Score(query.Pool.Images, ids,
        x => OneEach(Score(x, query.Networks), x.shape[0]), query.Networks.Device, query.Report, query.Cancel);

    // a pass over the pool would take the first numbers of any shape
    private Tensor OneEach(Tensor? scores, long images) => scores?.dim() == 1 && scores.shape[0] == images ? scores
        : throw new InputException($"{GetType().Name}.Score: expected (B) = {images} scores, found "
            + (scores is null ? "null" : $"({string.Join(',', scores.shape)})"));

    /// <summary>Asks for the networks that <see cref="Score"/> uses, so that they are trained before the pass over the
    /// pool. Takes from the query what else it needs.</summary>
    protected abstract void Prepare(Query query);

    /// <inheritdoc/>
    public virtual bool NeedsLabels => true;

    /// <inheritdoc/>
    public virtual bool NeedsImageClasses => false;

    bool IQueryStrategy.JudgesAlone => true;

    bool IQueryStrategy.NeedsNetwork(bool encoder) => NeedsNetwork(encoder);

    private protected virtual bool NeedsNetwork(bool encoder) => false;

    /// <inheritdoc/>
    public virtual double Benefit(float score) => score;

    /// <inheritdoc/>
    public virtual string Reason(float? score) => string.Create(CultureInfo.InvariantCulture, $"scores {score:G3}");
}
